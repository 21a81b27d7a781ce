/** The tables of what is kept for how long. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** How far the day's look at all tenants for old usage has come: one row. */
export const retentionWalk = sqliteTable("retention_walk", {
  id: integer("id").primaryKey(),
  day: integer("day").notNull(),
  afterTenant: text("after_tenant").notNull(),
  done: integer("done", { mode: "boolean" }).notNull().default(false),
});
