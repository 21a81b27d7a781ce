/** Tenants: only the operator makes them; each is born with one owner key. */
import { invalidField, notFound } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor, TenantMode } from "../actor/actor.ts";
import { UNCONFINED } from "../actor/confinement.ts";
import { auditRow } from "../audit/audit.ts";
import { forgetKeys, insistReach } from "../guard/guard.ts";
import { makeKey } from "../key/api-key.ts";
import { insertKey } from "../store/key-store.ts";
import {
  insertTenant,
  readTenant,
  type Tenant,
  type TenantChange,
  updateTenant,
} from "../store/tenant-store.ts";

/**
 * A new tenant and its first key, which is shown only here. `clockMs` is where a test tenant's
 * clock starts, real time unless given. Errors: 422 for a live tenant with a clock.
 */
export async function createTenant(
  env: Env,
  actor: Actor,
  input: { name: string; mode: TenantMode; clockMs: number | null },
): Promise<{ tenant: Tenant; key: string }> {
  if (input.mode === "live" && input.clockMs !== null) {
    throw invalidField("/clock", "only test tenants have a clock of their own");
  }
  const tenant: Tenant = {
    id: makeId("ten", actor.realMs),
    name: input.name,
    mode: input.mode,
    operator: false,
    testClockMs: input.mode === "test" ? (input.clockMs ?? actor.realMs) : null,
    eventsPerMinute: null,
    createdMs: actor.realMs,
  };
  const { key, row } = await makeKey(
    tenant,
    { name: "First key", role: "owner", userId: null, madeBy: null, confinement: UNCONFINED },
    actor.realMs,
  );
  await commit(env.DB, [
    insertTenant(env.DB, tenant),
    insertKey(env.DB, row),
    auditRow(
      env.DB,
      actor,
      {
        action: "tenant.created",
        target: tenant.id,
        detail: { name: tenant.name },
        answer: { shown: { key } },
      },
      actor.realMs,
    ),
  ]);
  return { tenant, key };
}

/** Changes a tenant; its keys know within half a minute. Errors: 404. */
export async function changeTenant(
  env: Env,
  actor: Actor,
  id: string,
  change: TenantChange,
): Promise<Tenant> {
  const tenant = await tenantOf(env, id);
  insistReach(actor, tenant.id);
  if (Object.keys(change).length === 0) return tenant;
  await commit(env.DB, [
    updateTenant(env.DB, id, change),
    auditRow(env.DB, actor, { action: "tenant.changed", target: id, detail: change }, actor.realMs),
  ]);
  forgetKeys(id);
  return { ...tenant, ...change };
}

/** A tenant by its id. Errors: 404. */
export async function tenantOf(env: Env, id: string): Promise<Tenant> {
  const tenant = await readTenant(env.DB, id);
  if (!tenant) throw notFound("tenant");
  return tenant;
}
