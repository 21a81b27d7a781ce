/** OpenMeter's meters: kept as usage rules, read by the native summary. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  changeRule,
  createRule,
  deleteRule,
  usageRuleOf,
} from "../../billing/correction/usage-rule.ts";
import { DAY_MS } from "../../core/time.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readJson } from "../common/dialect.ts";
import { entriesNamed } from "../common/entry-store.ts";
import {
  changeOf,
  inMeterWords,
  type MeterNote,
  meterBody,
  meterOfRule,
  ruleOfNew,
} from "./meter.ts";
import { dropNote, listMeters, meterNamed, noteMeter } from "./meter-store.ts";
import {
  type MeterQuery,
  type MeterRow,
  queryOfBody,
  queryOfParams,
  resultBody,
  resultCsv,
} from "./query.ts";
import { readMeter } from "./read.ts";

/** Adds the routes of meters below `base`, which ends in `/v1`. */
export function routeMeters(app: Hono<AppEnv>, base: string): void {
  const one = `${base}/meters/:meter` as const;
  app.get(`${base}/meters`, async (c) => {
    const meters = await listMeters(c.env, allow(c, "usage.read"));
    return c.json(pageIn(c, meters).map(meterBody));
  });
  app.post(`${base}/meters`, async (c) => {
    const actor = allow(c, "metrics.write");
    const { rule, note } = ruleOfNew(await readJson(c));
    const made = await inMeterWords(() => createRule(c.env, actor, rule));
    await noted(c.env, actor, made, note);
    return c.json(meterBody(meterOfRule(made, note)), 201);
  });
  app.get(one, async (c) => {
    const actor = allow(c, "usage.read");
    return c.json(meterBody(await meterNamed(c.env, actor, c.req.param("meter"))));
  });
  app.put(one, async (c) => {
    const actor = allow(c, "metrics.write");
    const held = await meterNamed(c.env, actor, c.req.param("meter"));
    const { change, note } = changeOf(await readJson(c), held);
    const rule = await inMeterWords(() => changeRule(c.env, actor, held.id, change));
    await noteMeter(c.env, actor, rule, note);
    return c.json(meterBody(meterOfRule(rule, note)));
  });
  app.delete(one, async (c) => {
    const actor = allow(c, "metrics.write");
    const { id } = await meterNamed(c.env, actor, c.req.param("meter"));
    const rule = await usageRuleOf(c.env, actor, id);
    await deleteRule(c.env, actor, id);
    await dropNote(c.env, rule);
    return c.body(null, 204);
  });
  app.get(`${one}/query`, async (c) => {
    return answer(c, queryOfParams(new URL(c.req.url).searchParams));
  });
  app.post(`${one}/query`, async (c) => answer(c, queryOfBody(await readJson(c))));
  app.get(`${one}/group-by/:key/values`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const key = c.req.param("key");
    const query = rangeIn(c, actor, DAY_MS);
    const rows = await rowsOf(c, actor, { ...query, groups: [key] });
    return c.json(distinct(rows.map(({ group }) => group[0] ?? null)));
  });
  app.get(`${one}/subjects`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const query = rangeIn(c, actor, null);
    const rows = await rowsOf(c, actor, { ...query, bySubject: true });
    return c.json(distinct(rows.map(({ subject }) => subject)));
  });
}

/** Keeps a new meter's note; one that would be without it is not made. */
async function noted(env: Env, actor: Actor, rule: UsageRule, note: MeterNote): Promise<void> {
  if (Object.keys(note).length === 0) return;
  try {
    await noteMeter(env, actor, rule, note);
  } catch (error) {
    await deleteRule(env, actor, rule.id);
    throw error;
  }
}

/** A page of a list that is there whole, where one is asked for. */
function pageIn<T>(c: Context, all: readonly T[]): readonly T[] {
  const size = Math.min(Math.max(Number(c.req.query("pageSize")) || all.length, 1), 1_000);
  const page = Math.max(Number(c.req.query("page")) || 1, 1);
  return all.slice((page - 1) * size, page * size);
}

/** The range that a list of values or subjects asks for, the last `backMs` where it names none. */
function rangeIn(c: Context<AppEnv>, { nowMs }: Actor, backMs: number | null): MeterQuery {
  const params = new URL(c.req.url).searchParams;
  const range = new URLSearchParams();
  for (const name of ["from", "to"]) {
    const text = params.get(name);
    if (text !== null) range.set(name, text);
  }
  const query = queryOfParams(range);
  if (query.fromMs !== null || backMs === null) return query;
  return { ...query, fromMs: (query.toMs ?? nowMs) - backMs };
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null && value !== ""))].sort() as string[];
}

async function rowsOf(c: Context<AppEnv>, actor: Actor, query: MeterQuery): Promise<MeterRow[]> {
  const meter = await meterNamed(c.env, actor, c.req.param("meter") ?? "");
  return readMeter(c.env, actor, meter, query);
}

async function answer(c: Context<AppEnv>, query: MeterQuery): Promise<Response> {
  const actor = allow(c, "usage.read", "tenants");
  const rows = await rowsOf(c, actor, query);
  if (!/\btext\/csv\b/i.test(c.req.header("accept") ?? "")) return c.json(resultBody(query, rows));
  const subjects = rows.flatMap(({ subject }) => (subject === null ? [] : [subject]));
  const entries = await entriesNamed(c.env.DB, actor.tenantId, "subject", subjects);
  const names = new Map<string, string>();
  for (const [key, { body }] of entries) {
    if (typeof body.displayName === "string") names.set(key, body.displayName);
  }
  const slug = c.req.param("meter") ?? "meter";
  return c.body(resultCsv(query, rows, names), 200, {
    "Content-Type": "text/csv",
    "Content-Disposition": `attachment; filename=${slug.replace(/[^\w-]/g, "_")}.csv`,
  });
}
