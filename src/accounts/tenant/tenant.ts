/**
 * Tenants: only the operator makes them; each is born with one owner key. Whoever names one does so
 * by its id or by the operator's own id for it.
 */
import type { SQL } from "drizzle-orm";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { isTenantId, TENANT_PREFIX } from "../../core/id.ts";
import { commit } from "../../platform/db/db.ts";
import { jurisdictionOf, keptIn } from "../../platform/db/ledger.ts";
import { emptiestLedger } from "../../platform/db/ledgers.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { idIn, type Jurisdiction, missingFiles } from "../../platform/runtime/jurisdiction.ts";
import type { Actor, TenantMode } from "../actor/actor.ts";
import { UNCONFINED } from "../actor/confinement.ts";
import { auditRow } from "../audit/audit.ts";
import { forgetKeys, insistAllTenants, insistReach } from "../guard/guard.ts";
import { makeKey } from "../key/api-key.ts";
import { insertKey } from "../store/key-store.ts";
import {
  findTenant,
  insertTenant,
  keepExternalId,
  type Tenant,
  type TenantChange,
  updateTenant,
} from "../store/tenant-store.ts";
import { externalIdFault } from "./external-id.ts";

/** What a tenant is made of. `clockMs` is where a test tenant's clock starts, null: real time. */
export type NewTenant = {
  name: string;
  mode: TenantMode;
  clockMs: number | null;
  externalId: string | null;
  eventsPerMinute: number | null;
  /** Where its usage, meter and files are kept; null: where the installation is. */
  jurisdiction: Jurisdiction | null;
};

/** A tenant, with its first key where it was made just now. */
export type MadeTenant = { tenant: Tenant; key: string };

/**
 * A new tenant and its first key, which is shown only here. Errors: 422 for a live tenant with a
 * clock, or where no ledger or bucket is in its jurisdiction; 409 `tenants.external_id_taken`.
 */
export async function createTenant(env: Env, actor: Actor, input: NewTenant): Promise<MadeTenant> {
  const { name, mode, externalId, eventsPerMinute } = input;
  insistClockFits(mode, input.clockMs);
  const jurisdiction = elsewhere(env, input.jurisdiction);
  const row: Omit<Tenant, "ledger"> & { ledger: SQL<number> } = {
    id: idIn(jurisdiction, makeId(TENANT_PREFIX, actor.realMs)),
    name,
    mode,
    operator: false,
    testClockMs: mode === "test" ? (input.clockMs ?? actor.realMs) : null,
    eventsPerMinute,
    createdMs: actor.realMs,
    externalId,
    ledger: ledgerIn(env, input.jurisdiction),
    ledgerEpoch: 0,
    erasedMs: null,
  };
  const first = await makeKey(
    row,
    {
      name: "First key",
      role: "owner",
      userId: null,
      madeBy: null,
      confinement: UNCONFINED,
      apiVersion: actor.apiVersion,
    },
    actor.realMs,
  );
  const detail = { name, ...(externalId === null ? {} : { externalId }) };
  const { id } = row;
  const kept = externalId === null ? [] : keepExternalId(env.DB, externalId, id);
  const results = await commit(env.DB, [
    ...kept,
    insertTenant(env.DB, row),
    insertKey(env.DB, first.row),
    auditRow(
      env.DB,
      actor,
      {
        action: "tenant.created",
        target: id,
        detail,
        answer: { shown: { key: first.key }, status: 201 },
      },
      actor.realMs,
    ),
  ]);
  const [made] = (results[kept.length]?.results ?? []) as { ledger: number }[];
  if (!made) throw new Error(`tenant ${id} was written without an answer`);
  return { tenant: { ...row, ...made }, key: first.key };
}

/** A jurisdiction that is not the installation's. Errors: 422 where no files are kept there. */
function elsewhere(env: Env, asked: Jurisdiction | null): Jurisdiction | null {
  if (asked === null || asked === jurisdictionOf(env, 0)) return null;
  const missing = missingFiles(env, asked);
  if (missing === null) return asked;
  throw invalidField("/jurisdiction", `has no bucket of files: ${missing} is not bound`);
}

function ledgerIn(env: Env, jurisdiction: Jurisdiction | null): SQL<number> {
  const ledger = emptiestLedger(env, jurisdiction);
  if (ledger !== null) return ledger;
  throw invalidField("/jurisdiction", `has no ledger: none is kept in ${jurisdiction}`);
}

function insistClockFits(mode: TenantMode, clockMs: number | null): void {
  if (mode === "live" && clockMs !== null) {
    throw invalidField("/clock", "only test tenants have a clock of their own");
  }
}

/**
 * Changes a tenant; its keys know within half a minute. Errors: 403 for an external id by a key
 * that is confined to tenants, 404, 409.
 */
export async function changeTenant(
  env: Env,
  actor: Actor,
  named: string,
  change: TenantChange,
): Promise<Tenant> {
  const tenant = await reachedTenant(env, actor, named);
  // Whose an external id was is for nobody who reaches some tenants alone.
  if (change.externalId !== undefined) insistAllTenants(actor);
  return changed(env, actor, tenant, change);
}

async function changed(
  env: Env,
  actor: Actor,
  tenant: Tenant,
  change: TenantChange,
): Promise<Tenant> {
  if (Object.keys(change).length === 0) return tenant;
  const { id } = tenant;
  const { externalId = null } = change;
  await commit(env.DB, [
    ...(externalId === null ? [] : keepExternalId(env.DB, externalId, id)),
    updateTenant(env.DB, id, change),
    auditRow(env.DB, actor, { action: "tenant.changed", target: id, detail: change }, actor.realMs),
  ]);
  forgetKeys(id);
  return { ...tenant, ...change };
}

/** What a tenant should be; what is not given stays, or is as for any new tenant. */
export type TenantInput = {
  name?: string | undefined;
  mode?: TenantMode | undefined;
  clockMs: number | null;
  eventsPerMinute?: number | null | undefined;
  jurisdiction?: Jurisdiction | undefined;
};

/**
 * The tenant of a name, made with its first key where the name is a new external id, else changed
 * where it differs. The same again changes nothing, and of two at once one makes it. Errors: 404
 * for an id that names none; 409 for an external id that another tenant gave up; 422 without a
 * name for a new one, or with another mode or jurisdiction than it has.
 */
export async function putTenant(
  env: Env,
  actor: Actor,
  named: string,
  input: TenantInput,
): Promise<MadeTenant | { tenant: Tenant; key: null }> {
  const found = await findTenant(env.DB, named);
  insistReach(actor, found?.id ?? named);
  if (found) return { tenant: await becoming(env, actor, found, input), key: null };
  if (isTenantId(named)) throw notFound("tenant");
  const fault = externalIdFault(named);
  if (fault !== null) throw invalidField("/param/id", fault);
  const { name, mode = "live", clockMs, eventsPerMinute = null, jurisdiction = null } = input;
  if (name === undefined) throw invalidField("/name", "is required for a new tenant");
  try {
    const made = { name, mode, clockMs, externalId: named, eventsPerMinute, jurisdiction };
    return await createTenant(env, actor, made);
  } catch (error) {
    const isTaken = error instanceof Problem && error.code === "tenants.external_id_taken";
    const twin = isTaken ? await findTenant(env.DB, named) : null;
    if (!twin) throw error;
    return { tenant: await becoming(env, actor, twin, input), key: null };
  }
}

/** An existing tenant with what is asked of it. Its clock only moves by itself. */
async function becoming(
  env: Env,
  actor: Actor,
  tenant: Tenant,
  { name = tenant.name, mode = tenant.mode, clockMs, eventsPerMinute, jurisdiction }: TenantInput,
): Promise<Tenant> {
  if (mode !== tenant.mode) {
    throw invalidField("/mode", `is ${tenant.mode} since the tenant was made, and stays so`);
  }
  const kept = keptIn(env, tenant);
  if (jurisdiction !== undefined && jurisdiction !== kept) {
    const where = kept === null ? "anywhere" : `in ${kept}`;
    throw invalidField("/jurisdiction", `was chosen with the tenant: it is kept ${where}`);
  }
  insistClockFits(mode, clockMs);
  const { eventsPerMinute: allowed } = tenant;
  const given = eventsPerMinute === undefined ? allowed : eventsPerMinute;
  return changed(env, actor, tenant, {
    ...(name === tenant.name ? {} : { name }),
    ...(given === allowed ? {} : { eventsPerMinute: given }),
  });
}

/** A tenant by its id or external id. Errors: 404. */
export async function tenantOf(env: Env, named: string): Promise<Tenant> {
  const tenant = await findTenant(env.DB, named);
  if (!tenant) throw notFound("tenant");
  return tenant;
}

/** A tenant that the operator names. Errors: 404, also for one that its key does not reach. */
export async function reachedTenant(env: Env, actor: Actor, named: string): Promise<Tenant> {
  const tenant = await tenantOf(env, named);
  insistReach(actor, tenant.id);
  return tenant;
}

/**
 * The other tenant that the operator names; null where a caller names none, or its own. Errors: 404
 * for one that there is not or that its key does not reach, and for any that a tenant names; 403
 * where a key that is confined to tenants names none.
 */
export async function otherTenant(
  env: Env,
  actor: Actor,
  named: string | undefined,
): Promise<Tenant | null> {
  const isOwn = named === undefined || named === actor.tenantId;
  const tenant = isOwn ? null : await tenantOf(env, named);
  insistReach(actor, tenant?.id ?? actor.tenantId);
  return tenant?.id === actor.tenantId ? null : tenant;
}

/** The id of the tenant that a caller names, its own where it names none. Errors: 404. */
export async function namedTenantId(
  env: Env,
  actor: Actor,
  named: string | undefined,
): Promise<string> {
  return (await otherTenant(env, actor, named))?.id ?? actor.tenantId;
}
