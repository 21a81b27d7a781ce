/**
 * Rows of usage rules, and those of a tenant as each isolate remembers them. Owns the table
 * `usage_rules`.
 */
import { and, asc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { evictOldest } from "../../core/recent.ts";
import { SECOND_MS } from "../../core/time.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { EVERY_TENANT, type UsageRule } from "./rule.ts";
import { usageRules } from "./table.ts";

const CACHE_MS = 30 * SECOND_MS;
const CACHE_SCOPES = 10_000;
/** Rules that an isolate remembers, of all scopes together. */
const CACHE_RULES = 5_000;
/** Tenants whose rules are kept joined with those of every tenant. */
const CACHE_JOINS = 200;
/** Scopes that are read by one query. */
const SCOPES_AT_ONCE = 100;

/** A scope's rules, and those of them that the operator made. */
type Scope = { all: readonly UsageRule[]; operators: readonly UsageRule[] };
type Known = Scope & { untilMs: number };

// Scopes without rules are remembered, too: recording without any costs no query.
const known = new Map<string, Known>();
let rulesKept = 0;
/** What came of tenants' rules together with those of every tenant, as both were. */
const joins = new Map<string, { own: Scope; every: Scope; scope: Scope }>();

/** Who records. Rules that a tenant made hold for what it sends itself, not for its operator. */
export type RuledBy = Pick<Actor, "tenantId" | "mode" | "realMs" | "actedBy">;

/**
 * The rules by which what `recorder` sends is counted: the tenant's own and those of every tenant.
 * What the operator made goes before what the tenant made, and a tenant's own before every
 * tenant's; what the operator sends for a tenant is counted by the operator's rules alone. Live
 * tenants' are remembered for 30 seconds, so that recording costs no query; pass them to `itemsOf`.
 */
export async function rulesFor(env: Env, recorder: RuledBy): Promise<readonly UsageRule[]> {
  const found = await rulesForAll(env, [recorder]);
  return found.get(recorder.tenantId) ?? [];
}

/** As `rulesFor`, of several tenants by their ids; one query for up to 100 that are not known. */
export async function rulesForAll(
  env: Env,
  recorders: readonly RuledBy[],
): Promise<Map<string, readonly UsageRule[]>> {
  const scopes = await scopesOf(env.DB, recorders);
  const every = scopes.get(EVERY_TENANT) ?? EMPTY;
  return new Map(
    recorders.map(({ tenantId, actedBy }) => {
      const { all, operators } = joined(tenantId, scopes.get(tenantId) ?? EMPTY, every);
      return [tenantId, actedBy ? operators : all];
    }),
  );
}

const EMPTY: Scope = { all: [], operators: [] };

/** The scopes of some recorders, with that of every tenant. */
async function scopesOf(
  db: D1Database,
  recorders: readonly RuledBy[],
): Promise<Map<string, Scope>> {
  const found = new Map<string, Scope>();
  const asked = new Map<string, number>();
  for (const { tenantId, mode, realMs } of recorders) {
    for (const scope of [EVERY_TENANT, tenantId]) {
      const held = mode === "live" ? heldScope(scope, realMs) : null;
      if (held) found.set(scope, held);
      else if (mode === "live" || !asked.has(scope)) {
        asked.set(scope, mode === "live" ? realMs + CACHE_MS : 0);
      }
    }
  }
  const names = [...asked.keys()].filter((scope) => !found.has(scope));
  for (let i = 0; i < names.length; i += SCOPES_AT_ONCE) {
    const some = names.slice(i, i + SCOPES_AT_ONCE);
    for (const [scope, read] of await readScopes(db, some)) {
      const untilMs = asked.get(scope) ?? 0;
      found.set(scope, untilMs > 0 ? remember(scope, read, untilMs) : read);
    }
  }
  return found;
}

function heldScope(scope: string, realMs: number): Known | null {
  const held = known.get(scope);
  if (held && held.untilMs > realMs) return held;
  forgetRules(scope);
  return null;
}

function remember(scope: string, read: Scope, untilMs: number): Known {
  forgetRules(scope);
  for (const oldest of known.keys()) {
    const hasRoom = rulesKept + read.all.length <= CACHE_RULES;
    if (hasRoom && known.size < CACHE_SCOPES) break;
    forgetRules(oldest);
  }
  const made: Known = { ...read, untilMs };
  known.set(scope, made);
  rulesKept += read.all.length;
  return made;
}

/** Forgets the rules of a scope in this isolate; the others follow within half a minute. */
export function forgetRules(scope: string): void {
  const held = known.get(scope);
  if (!held) return;
  known.delete(scope);
  rulesKept -= held.all.length;
}

async function readScopes(db: D1Database, scopes: readonly string[]): Promise<Map<string, Scope>> {
  const rows = await orm(db)
    .select()
    .from(usageRules)
    .where(inArray(usageRules.tenant, eachOf(scopes)))
    .orderBy(asc(usageRules.id));
  const found = new Map<string, { all: UsageRule[]; operators: UsageRule[] }>(
    scopes.map((scope) => [scope, { all: [], operators: [] }]),
  );
  for (const rule of rows) {
    const scope = found.get(rule.tenant);
    scope?.all.push(rule);
    if (rule.byOperator) scope?.operators.push(rule);
  }
  return found;
}

/** A tenant's rules before those of every tenant, unless the tenant made them itself. */
function joined(tenant: string, own: Scope, every: Scope): Scope {
  if (own.all.length === 0) return every;
  const held = joins.get(tenant);
  if (held?.own === own && held.every === every) return held.scope;
  const operators = [...own.operators, ...every.all];
  const all = [...operators, ...own.all.filter(({ byOperator }) => !byOperator)];
  const scope = { all, operators };
  joins.delete(tenant);
  evictOldest(joins, CACHE_JOINS);
  joins.set(tenant, { own, every, scope });
  return scope;
}

export type RuleFilter = {
  /** Whose: tenants' ids, and `*` for those of every tenant. */
  scopes: readonly string[];
  eventType?: string | undefined;
  metric?: string | undefined;
  /** The last id of the page before. */
  after?: string | undefined;
};

/** At most `limit` rules in the order in which they were made. */
export function listRules(db: D1Database, filter: RuleFilter, limit: number): Promise<UsageRule[]> {
  const { scopes, eventType, metric, after } = filter;
  return rulesWhere(
    db,
    and(
      inArray(usageRules.tenant, eachOf(scopes)),
      eventType === undefined ? undefined : eq(usageRules.eventType, eventType),
      metric === undefined ? undefined : eq(usageRules.metric, metric),
      after === undefined ? undefined : gt(usageRules.id, after),
    ),
  ).limit(limit);
}

/** A rule of one of some scopes, or null. */
export async function readRule(
  db: D1Database,
  scopes: readonly string[],
  id: string,
): Promise<UsageRule | null> {
  const [rule] = await rulesWhere(
    db,
    and(eq(usageRules.id, id), inArray(usageRules.tenant, eachOf(scopes))),
  );
  return rule ?? null;
}

function rulesWhere(db: D1Database, condition: SQL | undefined) {
  return orm(db).select().from(usageRules).where(condition).orderBy(asc(usageRules.id));
}

/** The statement that keeps a new rule. */
export function insertRule(db: D1Database, rule: UsageRule): D1PreparedStatement {
  return statement(db, orm(db).insert(usageRules).values(rule));
}

/** The statement that changes a rule that is as old as it was when it was read. */
export function updateRule(
  db: D1Database,
  before: UsageRule,
  after: UsageRule,
): D1PreparedStatement {
  const { id, tenant, createdMs, ...change } = after;
  const same = and(
    eq(usageRules.id, id),
    eq(usageRules.tenant, tenant),
    eq(usageRules.updatedMs, before.updatedMs),
  );
  return statement(db, orm(db).update(usageRules).set(change).where(same));
}

/** The statement that deletes a rule of a scope. */
export function deleteRuleRow(db: D1Database, { id, tenant }: UsageRule): D1PreparedStatement {
  const same = and(eq(usageRules.id, id), eq(usageRules.tenant, tenant));
  return statement(db, orm(db).delete(usageRules).where(same));
}

/** The scope of the rules that a tenant makes, as SQL: every tenant's where it is the operator. */
export function ruleScopeSql(tenant: SQL): SQL<string> {
  return sql`iif(${tenant} = ${OPERATOR_TENANT}, ${EVERY_TENANT}, ${tenant})`;
}

/** How many rules a scope has, as SQL. */
export function countRules(scope: SQL): SQL<number> {
  return sql`(SELECT count(*) FROM ${usageRules} WHERE ${usageRules.tenant} = ${scope})`;
}

/** How many rules of a scope are for one event type, as SQL. */
export function countRulesOfType(scope: string, type: string): SQL<number> {
  const { tenant, eventType } = usageRules;
  return sql`(SELECT count(*) FROM ${usageRules}
    WHERE ${tenant} = ${scope} AND ${eventType} = ${type})`;
}
