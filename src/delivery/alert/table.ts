/** The table of alert routes. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import type { AlertRoute } from "./alert-route.ts";

/** Which alerts go to whom, as one list a tenant. */
export const alertRoutes = sqliteTable("alert_routes", {
  tenant: text("tenant")
    .primaryKey()
    .references(() => tenants.id),
  routes: text("routes", { mode: "json" }).$type<AlertRoute[]>().notNull(),
  updatedMs: integer("updated_ms").notNull(),
});
