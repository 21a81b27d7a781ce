/**
 * Acting for a tenant with a key of the operator: the tenant that a request names, and the actor
 * that the key becomes. It acts as a key of the tenant with the same role would, and as no more.
 */
import { notFound, Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import { SECOND_MS } from "../../core/time.ts";
import type { Actor } from "../actor/actor.ts";
import { mayActFor } from "../actor/confinement.ts";
import { type Account, readAccounts } from "../store/account-store.ts";
import type { Question } from "./question.ts";

/** Names the tenant; percent-encoded as in a path, since a header holds ASCII alone. */
export const TENANT_HEADER = "BoxCost-Tenant";

const CACHE_MS = 30 * SECOND_MS;
const CACHE_ENTRIES = 10_000;

/** What names stand for: `kind` keeps those of one kind apart from another's. */
export type Naming = {
  kind: string;
  read: (db: D1Database, names: readonly string[]) => Promise<Map<string, Account>>;
};

/** Names that tenants have natively: their ids and external ids. */
const NATIVE: Naming = { kind: "", read: readAccounts };

// Positive answers only, by the name that was used: recording for a tenant costs no query.
const accounts = new Map<string, { account: Account; untilMs: number }>();

function knownAccount(key: string, realMs: number): Account | undefined {
  const cached = accounts.get(key);
  if (cached && cached.untilMs > realMs) return cached.account;
  accounts.delete(key);
  return undefined;
}

/** The tenants that are named, of those that there are; one query for all that are not at hand. */
export async function accountsNamed(
  db: D1Database,
  names: Iterable<string>,
  realMs: number,
  { kind, read }: Naming = NATIVE,
): Promise<Map<string, Account>> {
  const found = new Map<string, Account>();
  const asked: string[] = [];
  for (const name of names) {
    const known = knownAccount(kind + name, realMs);
    if (known) found.set(name, known);
    else asked.push(name);
  }
  if (asked.length === 0) return found;
  for (const [name, account] of await read(db, asked)) {
    found.set(name, account);
    // A test tenant's clock moves at any time, so it is always read afresh.
    if (account.mode === "live") remember(kind + name, account, realMs + CACHE_MS);
  }
  return found;
}

function remember(key: string, account: Account, untilMs: number): void {
  evictOldest(accounts, CACHE_ENTRIES);
  accounts.set(key, { account, untilMs });
}

/** Forgets a tenant by all its names in this isolate; the others follow within half a minute. */
export function forgetAccount(tenantId: string): void {
  for (const [key, { account }] of accounts) {
    if (account.tenantId === tenantId) accounts.delete(key);
  }
}

/**
 * The actor for the tenant that the header names. Errors: 403 `auth.not_for_tenant` for a key of a
 * tenant, whomever it names, and for the operator itself; 404 for no tenant. Where the tenant has
 * to be looked up the `question` is asked with it. `reads`: the request changes nothing.
 */
export async function actingFor(
  db: D1Database,
  actor: Actor,
  { header, question, reads }: { header: string; question?: Question | undefined; reads: boolean },
): Promise<Actor> {
  if (!actor.operator) {
    throw notForTenant(`${TENANT_HEADER} is for the operator's keys: this one is its tenant's own`);
  }
  const name = decoded(header);
  const { realMs } = actor;
  const isAsked = question && name !== null && !knownAccount(NATIVE.kind + name, realMs);
  const [found, row] = await Promise.all([
    accountsNamed(db, name === null ? [] : [name], realMs),
    isAsked ? question.ofName(db, name).first() : null,
  ]);
  const acting = actAs(actor, found.get(name ?? ""), reads);
  if (acting instanceof Problem) throw acting;
  return row === null ? acting : { ...acting, beside: { row, readMs: realMs } };
}

function decoded(header: string): string | null {
  try {
    return decodeURIComponent(header);
  } catch {
    return null;
  }
}

/**
 * The operator's actor as one of the tenant that was named, or why it is none: 404 where there is
 * none or its key is confined to others, 403 `auth.not_for_tenant` for the operator itself. Of a
 * tenant that is erased, what was kept can be read, where `reads` says that this is all.
 */
export function actAs(actor: Actor, account: Account | undefined, reads = false): Actor | Problem {
  const { confinement } = actor;
  if (!account || !mayActFor(confinement, account.tenantId)) return notFound("tenant");
  const { operator, testClockMs, isErased, ...tenant } = account;
  if (isErased && !reads) return notFound("tenant");
  if (operator) return notForTenant("the key is the operator's own: name another tenant, or none");
  return {
    ...actor,
    ...tenant,
    operator: false,
    // What it makes there names no tenants: keys of a tenant act for none.
    confinement: confinement && { ...confinement, tenants: null },
    userId: null,
    beside: undefined,
    actedBy: { tenantId: actor.tenantId, userId: actor.userId },
    nowMs: testClockMs ?? actor.realMs,
  };
}

/** The Problem of a request that is not made for a tenant; `detail` says what to do. */
export function notForTenant(detail: string): Problem {
  return new Problem("auth.not_for_tenant", detail);
}
