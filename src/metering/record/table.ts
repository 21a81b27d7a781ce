/** The table of what was acknowledged and could not be counted. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";

export const usageRefused = sqliteTable(
  "usage_refused",
  {
    /** Of the message and the event's place in it; of those beyond the list, tenant and hour. */
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    /** Real time of the refusal. */
    atMs: integer("at_ms").notNull(),
    /** The asynchronous recording that brought it. */
    message: text("message").notNull(),
    /** Whose usage it is; null where nobody was named. */
    userId: text("user_id"),
    /** The event as JSON, as it may be sent again; null for those beyond the list. */
    event: text("event"),
    /** How many events the row stands for. */
    events: integer("events").notNull(),
    code: text("code").notNull(),
    detail: text("detail").notNull(),
  },
  (t) => [
    index("usage_refused_by_time").on(t.tenant, t.atMs, t.id),
    index("usage_refused_by_message").on(t.message),
    index("usage_refused_by_age").on(t.atMs),
  ],
);

export type RefusedRow = typeof usageRefused.$inferSelect;
