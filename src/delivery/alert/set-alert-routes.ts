/** Setting who gets which alert. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { invalidField } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { listEndpoints } from "../webhook/store.ts";
import type { AlertRoute } from "./alert-route.ts";
import { writeAlertRoutes } from "./store.ts";

/**
 * Replaces the tenant's routes. Errors: 422 for an endpoint that is not the tenant's own, and for
 * copies of all tenants' alerts where it is not the operator or where webhooks shall bring them.
 */
export async function putAlertRoutes(
  env: Env,
  actor: Actor,
  routes: readonly AlertRoute[],
): Promise<void> {
  const { tenantId: tenant, realMs } = actor;
  const own = new Set((await listEndpoints(env.DB, tenant)).map(({ id }) => id));
  for (const [n, { endpoints, allTenants }] of routes.entries()) {
    const other = endpoints.findIndex((id) => !own.has(id));
    if (other >= 0) throw invalidField(`/data/${n}/endpoint_ids/${other}`, "is no endpoint");
    const copies = `/data/${n}/all_tenants`;
    if (allTenants && !actor.operator) throw invalidField(copies, "is the operator's alone");
    if (allTenants && endpoints.length > 0) throw invalidField(copies, "goes by e-mail alone");
  }
  const row = { tenant, routes: [...routes], updatedMs: realMs };
  const detail = { routes: routes.map(({ name }) => name) };
  await commit(env.DB, [
    writeAlertRoutes(env.DB, row),
    auditRow(env.DB, actor, { action: "alerts.route", target: tenant, detail }, realMs),
  ]);
}
