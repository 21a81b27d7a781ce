/** The tables of erasures. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What was asked to be erased, and how far it is; R2 has the same list. */
export const erasures = sqliteTable(
  "erasures",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    kind: text("kind", { enum: ["user", "customer", "usage_user"] }).notNull(),
    /** The id of the user or customer; of a user of usage a digest, salted. */
    ref: text("ref").notNull(),
    salt: text("salt").notNull(),
    askedMs: integer("asked_ms").notNull(),
    /** Which step is next, and where it goes on; null once all are done. */
    step: integer("step"),
    place: text("place"),
    doneMs: integer("done_ms"),
  },
  (t) => [index("erasures_by_tenant").on(t.tenant, t.id)],
);
