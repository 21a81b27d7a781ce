/** Whose usage a query is about: one reading of the ledger for each tenant, or customer of it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { mayActFor, reaches } from "../../accounts/actor/confinement.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { quarterOf } from "../../core/time.ts";
import { tenantsUsing } from "../../metering/ledger/across.ts";
import { userOf } from "../../metering/read/reader.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { entriesOfCustomers } from "../common/entry-store.ts";
import { type Whose, whoseAre } from "../common/whose.ts";
import { customersNamed } from "./customer-store.ts";
import type { MeterQuery } from "./query.ts";

/** Tenants whose usage one query reads: each costs some queries of the database. */
export const MAX_READ_TENANTS = 50;
/** Subjects of the customers that are named. */
const MAX_SUBJECTS = 1_000;

export type Target = {
  tenantId: string;
  /** Of these users alone; null for all of the tenant's usage. */
  users: readonly string[] | null;
  /** What the tenant is called, where all its usage is one subject's. */
  subject: string | null;
  customer: string | null;
};

type Asked = Pick<MeterQuery, "subjects" | "customers"> & { startMs: number; endMs: number };

/**
 * What has to be read. Where nobody is named: the key's own tenant, and with a key of the operator
 * every tenant that used the metric. Errors: 404 for a customer that there is not; 422 for more
 * than 50 tenants.
 */
export async function targetsOf(
  env: Env,
  actor: Actor,
  metric: string,
  asked: Asked,
): Promise<Target[]> {
  if (asked.customers !== null) return customerTargets(env, actor, asked.customers, asked.subjects);
  if (asked.subjects !== null) return subjectTargets(env, actor, asked.subjects, null);
  const user = userOf(actor, undefined);
  const own = { tenantId: actor.tenantId, users: user === null ? null : [user] };
  const mine = reaches(actor, actor.tenantId) ? [{ ...own, subject: null, customer: null }] : [];
  if (!actor.operator) return mine;
  const quarters = { fromQuarter: quarterOf(asked.startMs), toQuarter: quarterOf(asked.endMs) };
  const using = await tenantsUsing(env, metric, quarters, MAX_READ_TENANTS + 1);
  const reached = using.filter(({ id }) => mayActFor(actor.confinement, id));
  const others = reached.map(({ id, externalId }) => {
    return { tenantId: id, users: null, subject: externalId ?? id, customer: null };
  });
  return insistFewTenants([...mine, ...others]);
}

function insistFewTenants(targets: Target[]): Target[] {
  const tenants = new Set(targets.map(({ tenantId }) => tenantId));
  if (tenants.size <= MAX_READ_TENANTS) return targets;
  const detail = `a query reads ${MAX_READ_TENANTS} tenants at most: name subjects`;
  throw invalidField("/subject", detail);
}

async function subjectTargets(
  env: Env,
  actor: Actor,
  subjects: readonly string[],
  customer: string | null,
): Promise<Target[]> {
  const found = await whoseAre(env, actor, subjects);
  const users: string[] = [];
  const targets: Target[] = [];
  for (const [subject, whose] of found) {
    if (whose instanceof Problem) throw whose;
    const user = userIn(actor, whose);
    if (user === null) {
      targets.push({ tenantId: whose.actor.tenantId, users: null, subject, customer });
    } else {
      users.push(user);
    }
  }
  const own = { tenantId: actor.tenantId, users, subject: null, customer };
  return insistFewTenants(users.length === 0 ? targets : [own, ...targets]);
}

/** The user whose usage is asked for, null for all of a tenant's. Errors: 403 for another's. */
function userIn(actor: Actor, { userId }: Whose): string | null {
  return userId === null ? null : userOf(actor, userId);
}

async function customerTargets(
  env: Env,
  actor: Actor,
  names: readonly string[],
  subjects: readonly string[] | null,
): Promise<Target[]> {
  const rows = await customersNamed(env.DB, actor.tenantId, names);
  const ids = [...rows.values()].map(({ id }) => id);
  const entries = await entriesOfCustomers(env.DB, actor.tenantId, "subject", ids, MAX_SUBJECTS);
  const targets: Target[] = [];
  for (const name of new Set(names)) {
    const row = rows.get(name);
    if (!row) throw notFound(`customer ${name}`);
    const own = entries.filter(({ customerId }) => customerId === row.id).map((one) => one.name);
    const keys = [...new Set([row.reference ?? row.id, ...own])];
    const wanted = subjects === null ? keys : keys.filter((key) => subjects.includes(key));
    targets.push(...(await subjectTargets(env, actor, wanted, row.id)));
  }
  // Several subjects of a customer may be the same tenant.
  const once = new Map(targets.map((target) => [JSON.stringify(target), target]));
  return insistFewTenants([...once.values()]);
}
