/** The tables of exports that are read back. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Tenants that are being read back from an export. */
export const tenantLoads = sqliteTable("tenant_loads", {
  tenant: text("tenant").primaryKey(),
  startedMs: integer("started_ms").notNull(),
});
