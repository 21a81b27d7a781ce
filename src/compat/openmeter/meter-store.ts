/** The meters that hold for a caller: rules with their notes, and metrics without a rule. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { ruleScopesOf } from "../../billing/correction/usage-rule.ts";
import { notFound } from "../../core/errors.ts";
import { readMetric } from "../../metering/catalogue/catalogue.ts";
import { EVERY_TENANT, type UsageRule } from "../../metering/intake/rule.ts";
import { listRules, readRule } from "../../metering/intake/rule-store.ts";
import { commit } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { dropEntries, entriesNamed, putEntry } from "../common/entry-store.ts";
import { type Meter, type MeterNote, meterOfMetric, meterOfRule } from "./meter.ts";

/** Meters that a list shows: more than a scope has rules, unless its budget was raised. */
const MAX_METERS = 1_000;

/** Whose notes are beside a rule. */
function holderOf({ tenant }: UsageRule): string {
  return tenant === EVERY_TENANT ? OPERATOR_TENANT : tenant;
}

/** The meters of the rules that hold for the caller, in the order in which they were made. */
export async function listMeters(env: Env, actor: Actor): Promise<Meter[]> {
  const rules = await listRules(env.DB, { scopes: ruleScopesOf(actor) }, MAX_METERS);
  return withNotes(env, rules);
}

async function withNotes(env: Env, rules: readonly UsageRule[]): Promise<Meter[]> {
  const notes = new Map<string, MeterNote>();
  for (const holder of new Set(rules.map(holderOf))) {
    const ids = rules.filter((rule) => holderOf(rule) === holder).map(({ id }) => id);
    const entries = await entriesNamed(env.DB, holder, "meter", ids);
    for (const [id, { body }] of entries) notes.set(id, body as MeterNote);
  }
  return rules.map((rule) => meterOfRule(rule, notes.get(rule.id) ?? {}));
}

/** A meter by its slug or id, also one of a metric that no rule makes. Errors: 404. */
export async function meterNamed(env: Env, actor: Actor, name: string): Promise<Meter> {
  const scopes = ruleScopesOf(actor);
  const [first] = await listRules(env.DB, { scopes, metric: name }, 1);
  const rule = first ?? (await readRule(env.DB, scopes, name));
  if (rule) {
    const [meter] = await withNotes(env, [rule]);
    if (meter) return meter;
  }
  const metric = await readMetric(env.DB, actor.tenantId, name);
  if (!metric) throw notFound(`meter ${name}`);
  return meterOfMetric(metric);
}

/** Keeps a meter's note, or drops an empty one. */
export async function noteMeter(
  env: Env,
  actor: Actor,
  rule: UsageRule,
  note: MeterNote,
): Promise<void> {
  const tenant = holderOf(rule);
  const isEmpty = Object.keys(note).length === 0;
  const { realMs } = actor;
  const times = { createdMs: realMs, updatedMs: realMs };
  const entry = { id: makeId("note", realMs), tenant, kind: "meter", name: rule.id } as const;
  await commit(env.DB, [
    isEmpty
      ? dropEntries(env.DB, tenant, "meter", [rule.id])
      : putEntry(env.DB, { ...entry, customerId: null, body: note, ...times }),
    insistRoom(env.DB, { tenantId: tenant }, "stored_bytes"),
    auditRow(env.DB, actor, { action: "meter.note", target: rule.id }, realMs),
  ]);
}

/** Drops what was noted of a meter that is no more. */
export async function dropNote(env: Env, rule: UsageRule): Promise<void> {
  await dropEntries(env.DB, holderOf(rule), "meter", [rule.id]).run();
}
