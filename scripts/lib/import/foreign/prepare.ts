/**
 * What has to be asked before another product's export is read: the rules that count its events,
 * and, with a key of the operator, which tenants its ids stand for.
 */

import type { TextForm } from "../../../../src/metering/file/encoding.ts";
import { metricOfRule, type UsageRule } from "../../../../src/metering/intake/rule.ts";
import { Refused } from "../../refused.ts";
import { readRecords } from "../record-file.ts";
import type { Target } from "../target.ts";
import { wholeList } from "../whole-list.ts";
import { type Needed, type Owner, Placing } from "./placing.ts";
import { ForeignReader, type ForeignReading } from "./reader.ts";
import type { Found } from "./registry.ts";

/** Questions that are asked at once. */
const AT_ONCE = 6;

type Foreign = { file: string; form: TextForm; found: Found; options: ForeignReading };

/** The reader of a file, once all is known that it needs. Errors: as `Target.call`. */
export async function foreignReader(target: Target, foreign: Foreign): Promise<ForeignReader> {
  const { found, options } = foreign;
  const rules = await rulesOf(target);
  const readerWith = (placing: Placing) => new ForeignReader(found, { ...options, rules, placing });
  const owners = (await isOperators(target))
    ? await ownersOf(target, found, await subjectsIn(foreign, readerWith(new Placing(rules))))
    : new Map<string, Owner>();
  const placing = new Placing(rules, owners, target.tenant);
  const reader = readerWith(placing);
  const ready = new Map<string, Promise<void>>();
  reader.prepare = async () => {
    for (const needed of placing.takeNeeded()) {
      const { tenant, rule } = needed;
      ready.set(JSON.stringify([tenant, rule.metric]), declare(target, needed));
    }
    await Promise.all(ready.values());
  };
  return reader;
}

async function isOperators(target: Target): Promise<boolean> {
  if (target.tenant !== null) return false;
  const { operator } = await target.call<{ operator: boolean }>("GET", "/api/tenant");
  return operator;
}

/** The ids that a file's records are of. */
async function subjectsIn(
  { file, form }: Foreign,
  reader: ForeignReader,
): Promise<ReadonlySet<string>> {
  const subjects = new Set<string>();
  for await (const lines of readRecords(file, reader, form)) {
    for (const line of lines) {
      const subject = reader.subjectIn(line);
      if (subject !== null) subjects.add(subject);
    }
  }
  return subjects;
}

type TenantRow = { id: string; external_id: string | null; operator: boolean };
type CustomerRow = { id: string; reference: string | null; tenant_id: string | null };

/** The tenants that some ids stand for, as every way in has them: by the ids' own order. */
async function ownersOf(
  target: Target,
  { format }: Found,
  subjects: ReadonlySet<string>,
): Promise<Map<string, Owner>> {
  const [tenants, customers] = await Promise.all([
    wholeList<TenantRow>(target, "/api/tenants?limit=200", "data"),
    wholeList<CustomerRow>(target, "/api/customers?limit=200", "data"),
  ]);
  const named = namesOf(tenants, customers);
  await ADDED[format]?.(target, named, subjects);
  const found = [...subjects].flatMap((subject) => {
    const tenant = named.get(subject);
    return tenant === undefined ? [] : [[subject, tenant] as const];
  });
  const rules = new Map<string, readonly UsageRule[]>();
  await each(new Set(found.map(([, tenant]) => tenant)), async (tenant) => {
    rules.set(tenant, await rulesOf(target.actingFor(tenant)));
  });
  return new Map(
    found.map(([subject, tenant]) => [subject, { tenant, rules: rules.get(tenant) ?? [] }]),
  );
}

/** Tenants' ids by what they are called; the first of these names goes before the next. */
function namesOf(
  tenants: readonly TenantRow[],
  customers: readonly CustomerRow[],
): Map<string, string> {
  const own = tenants.filter(({ operator }) => !operator);
  const linked = customers.filter(({ tenant_id }) => tenant_id !== null);
  const names = [
    ...own.map(({ external_id, id }) => [external_id, id] as const),
    ...own.map(({ id }) => [id, id] as const),
    ...linked.map(({ reference, tenant_id }) => [reference, tenant_id] as const),
    ...linked.map(({ id, tenant_id }) => [id, tenant_id] as const),
  ];
  const named = new Map<string, string>();
  for (const [name, tenant] of names) {
    if (name !== null && tenant !== null && !named.has(name)) named.set(name, tenant);
  }
  return named;
}

/** Adds names to those of tenants: what the product's own API here knows them by. */
type Adding = (
  target: Target,
  named: Map<string, string>,
  subjects: ReadonlySet<string>,
) => Promise<void>;

const ADDED: Partial<Record<Found["format"], Adding>> = {
  openmeter: addSubjects,
  lago: addSubscriptions,
};

const PAGE = 200;

type Attributed = {
  items: { id: string; usageAttribution?: { subjectKeys?: string[] } }[];
  totalCount: number;
};

/** OpenMeter's events name subjects: a customer may have several. */
async function addSubjects(target: Target, named: Map<string, string>): Promise<void> {
  for (let page = 1, total = PAGE; (page - 1) * PAGE < total; page++) {
    const path = `/openmeter/api/v1/customers?page=${page}&pageSize=${PAGE}`;
    const found = await target.call<Attributed>("GET", path).catch(notThere);
    if (found === null) return;
    total = found.totalCount;
    for (const { id, usageAttribution } of found.items) {
      const tenant = named.get(id);
      for (const subject of usageAttribution?.subjectKeys ?? []) {
        if (tenant !== undefined && !named.has(subject)) named.set(subject, tenant);
      }
    }
  }
}

type Subscribed = { subscription: { external_customer_id: string | null } };

/** What a subscription may be, as Lago's API has it: it answers one that is as it is asked. */
const STATUSES = ["active", "terminated", "pending", "canceled"];

/** Lago's events name subscriptions: those that are known by its API are their customers'. */
async function addSubscriptions(
  target: Target,
  named: Map<string, string>,
  subjects: ReadonlySet<string>,
): Promise<void> {
  const unknown = [...subjects].filter((subject) => !named.has(subject));
  await each(unknown, async (subject) => {
    const path = `/lago/api/v1/subscriptions/${encodeURIComponent(subject)}`;
    for (const status of STATUSES) {
      const asked = `${path}?status=${status}`;
      const found = await target.call<Subscribed>("GET", asked).catch(notThere);
      const tenant = named.get(found?.subscription.external_customer_id ?? "");
      if (tenant === undefined) continue;
      named.set(subject, tenant);
      return;
    }
  });
}

type RuleRow = {
  id: string;
  every_tenant: boolean;
  by_operator: boolean;
  event_type: string;
  metric_name: string;
  name: string;
  description: string;
  unit: string;
  aggregation: UsageRule["aggregation"];
  property: string | null;
  value_path: string | null;
  user_path: string | null;
  group_paths: Record<string, string>;
  active: boolean;
};

/** The rules by which what the target's key sends is counted, in their order. */
async function rulesOf(target: Target): Promise<UsageRule[]> {
  const rows = await wholeList<RuleRow>(target, "/api/usage/rules?limit=200", "data");
  const operators = rows.filter((row) => row.by_operator && !row.every_tenant);
  const every = rows.filter((row) => row.every_tenant);
  const own = rows.filter((row) => !row.by_operator && !row.every_tenant);
  return [...operators, ...every, ...(target.tenant === null ? own : [])].map(ruleOf);
}

function ruleOf(row: RuleRow): UsageRule {
  return {
    id: row.id,
    tenant: "",
    eventType: row.event_type,
    metric: row.metric_name,
    name: row.name,
    description: row.description,
    unit: row.unit,
    aggregation: row.aggregation,
    property: row.property,
    valuePath: row.value_path,
    userPath: row.user_path,
    groups: row.group_paths,
    active: row.active,
    byOperator: row.by_operator,
    createdMs: 0,
    updatedMs: 0,
  };
}

/** Declares a rule's metric as the rule says it, where it is not there yet. */
async function declare(target: Target, { tenant, rule }: Needed): Promise<void> {
  const owner = tenant === null ? target : target.actingFor(tenant);
  const path = `/api/metrics/${encodeURIComponent(rule.metric)}`;
  if ((await owner.call<object>("GET", path).catch(notThere)) !== null) return;
  const { name: _name, displayName: _words, ...metric } = metricOfRule(rule);
  await owner.call("PUT", path, JSON.stringify(metric));
}

function notThere(error: unknown): null {
  if (error instanceof Refused && error.problem.status === 404) return null;
  throw error;
}

/** Does something for each, some at once. */
async function each<T>(all: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all[Symbol.iterator]();
  const next = async () => {
    for (let one = waiting.next(); !one.done; one = waiting.next()) await work(one.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}
