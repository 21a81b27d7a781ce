/** The table of tenants that are erased as a whole. */
import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Tenants that are to be erased, or were; R2 has a list of those that have begun. */
export const tenantErasures = sqliteTable(
  "tenant_erasures",
  {
    tenant: text("tenant").primaryKey(),
    id: text("id").notNull(),
    askedMs: integer("asked_ms").notNull(),
    byOperator: integer("by_operator", { mode: "boolean" }).notNull(),
    beginsMs: integer("begins_ms").notNull(),
    begunMs: integer("begun_ms"),
    /** Which step is next, and where it goes on. */
    step: integer("step").notNull().default(0),
    place: text("place"),
    /** How often all steps were taken: the second time takes what came during the first. */
    passes: integer("passes").notNull().default(0),
    /** When all was gone but the documents that the law has kept. */
    doneMs: integer("done_ms"),
    /** Documents that were issued before this day may go. */
    forgetBefore: text("forget_before"),
    /** When the last of them had gone. */
    forgottenMs: integer("forgotten_ms"),
  },
  (t) => [uniqueIndex("tenant_erasures_by_id").on(t.id)],
);
