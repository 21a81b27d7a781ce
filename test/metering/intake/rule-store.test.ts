/** Rules as an isolate remembers them, and the metrics that they declare. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Actor } from "../../../src/accounts/actor/actor.ts";
import { NEWEST_VERSION } from "../../../src/core/api-version.ts";
import { listMetrics } from "../../../src/metering/catalogue/catalogue.ts";
import type { Mapped } from "../../../src/metering/intake/foreign.ts";
import { itemsOf, type UsageRule } from "../../../src/metering/intake/rule.ts";
import { ensureDeclared, ensureDeclaredAll } from "../../../src/metering/intake/rule-metric.ts";
import {
  deleteRuleRow,
  forgetRules,
  insertRule,
  rulesFor,
  rulesForAll,
} from "../../../src/metering/intake/rule-store.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { call, makeTenant } from "../../support/api.ts";
import { countedDb } from "../../support/counted-db.ts";

const nowMs = Date.now();

function actorOf(tenantId: string, change: Partial<Actor> = {}): Actor {
  return {
    tenantId,
    tenantName: "Test Ltd",
    mode: "live",
    operator: false,
    keyId: "key_test",
    userId: null,
    role: "owner",
    apiVersion: NEWEST_VERSION,
    confinement: null,
    eventsPerMinute: null,
    metricNames: 20_000,
    fullAt: null,
    nowMs,
    realMs: nowMs,
    requestId: "test",
    ...change,
  };
}

async function keep(change: Partial<UsageRule> & Pick<UsageRule, "tenant" | "eventType">) {
  const rule: UsageRule = {
    id: makeId("rule", nowMs),
    metric: `m-${change.eventType}`,
    name: "",
    description: "",
    unit: "",
    aggregation: "sum",
    property: null,
    valuePath: "$.n",
    userPath: null,
    groups: {},
    active: true,
    byOperator: false,
    createdMs: nowMs,
    updatedMs: nowMs,
    ...change,
  };
  await insertRule(env.DB, rule).run();
  forgetRules(rule.tenant);
  return rule;
}

const metricsOf = (rules: readonly UsageRule[]) => rules.map(({ metric }) => metric);

/** A type of events of which no other test has rules. */
const ownType = () => makeId("type", nowMs);

/** The events of a type, counted by rules. */
function eventsBy(rules: readonly UsageRule[], type: string): Mapped[] {
  const head = { at: "", dataAt: "/data", id: "1", source: "s", timestamp: null, user: null };
  return itemsOf(rules, { ...head, type, data: { n: 2, who: "ann" } });
}

describe("a tenant's rules", () => {
  it("are its own and every tenant's, and those of the operator go first", async () => {
    const { tenantId } = await makeTenant();
    const eventType = ownType();
    await keep({ tenant: tenantId, eventType, metric: "own" });
    await keep({ tenant: tenantId, eventType, metric: "exception", byOperator: true });
    await keep({ tenant: "*", eventType, metric: "every", byOperator: true });
    await keep({ tenant: (await makeTenant()).tenantId, eventType, metric: "another's" });
    const here = ({ eventType: type }: UsageRule) => type === eventType;
    const all = await rulesFor(env, actorOf(tenantId));
    expect(metricsOf(all.filter(here))).toEqual(["exception", "every", "own"]);
    const actedBy = { tenantId: "ten_operator", userId: null };
    const sent = await rulesFor(env, actorOf(tenantId, { actedBy }));
    expect(metricsOf(sent.filter(here))).toEqual(["exception", "every"]);
  });

  it("cost a live tenant no query in half a minute, and a test tenant one each time", async () => {
    const { tenantId } = await makeTenant();
    const rule = await keep({ tenant: tenantId, eventType: ownType() });
    const { db, reads } = countedDb(env.DB);
    const counted = { ...env, DB: db };
    const first = await rulesFor(counted, actorOf(tenantId));
    expect(await rulesFor(counted, actorOf(tenantId, { realMs: nowMs + 29_999 }))).toBe(first);
    expect(reads.statements).toBe(1);
    await deleteRuleRow(env.DB, rule).run();
    const later = await rulesFor(counted, actorOf(tenantId, { realMs: nowMs + 30_000 }));
    expect(later).not.toContainEqual(rule);
    const without = (await makeTenant()).tenantId;
    await rulesFor(counted, actorOf(without, { realMs: nowMs + 30_000 }));
    const before = reads.statements;
    await rulesFor(counted, actorOf(without, { realMs: nowMs + 30_000 }));
    expect(reads.statements).toBe(before);
    for (const n of [1, 2]) {
      await rulesFor(counted, actorOf(without, { mode: "test", realMs: nowMs + 30_000 }));
      expect(reads.statements).toBe(before + n);
    }
  });

  it("of many tenants are read by one query for a hundred", async () => {
    const tenants = Array.from({ length: 150 }, () => makeId("ten", nowMs));
    const rule = await keep({ tenant: tenants[120] ?? "", eventType: ownType() });
    const { db, reads } = countedDb(env.DB);
    const actors = tenants.map((tenantId) => actorOf(tenantId));
    const found = await rulesForAll({ ...env, DB: db }, actors);
    expect([found.size, reads.statements]).toEqual([150, 2]);
    expect(found.get(tenants[120] ?? "")).toContainEqual(rule);
    expect(found.get(tenants[0] ?? "")).not.toContainEqual(rule);
  });
});

describe("the metrics of rules", () => {
  it("are declared before the first record, once, and only those that are used", async () => {
    const { tenantId, key } = await makeTenant();
    const type = ownType();
    const unique = { aggregation: "unique", property: "visitor", valuePath: "$.who" } as const;
    const groups = { model: "$.model" };
    await keep({
      tenant: tenantId,
      eventType: type,
      metric: "visitors",
      unit: "people",
      ...unique,
    });
    await keep({ tenant: tenantId, eventType: type, metric: "most", aggregation: "max", groups });
    await keep({ tenant: tenantId, eventType: ownType(), metric: "unused", aggregation: "max" });
    const { db, reads } = countedDb(env.DB);
    const counted = { ...env, DB: db };
    const actor = actorOf(tenantId);
    const rules = await rulesFor(counted, actor);
    const events = eventsBy(rules, type);
    expect(await ensureDeclared(counted, actor, rules, events)).toBe(events);
    const own = (await listMetrics(env.DB, tenantId)).filter(({ standard }) => !standard);
    expect(own).toMatchObject([
      { name: "most", aggregation: "max", dimensions: ["model"] },
      { name: "visitors", unit: "people", aggregation: "unique", property: "visitor" },
    ]);
    const before = reads.statements;
    await ensureDeclared(counted, actor, rules, events);
    expect(reads.statements).toBe(before);
    const { body } = await call(key, "GET", "/api/audit?action=metric.declare");
    expect(body.data).toHaveLength(2);
  });

  it("that are declared or used otherwise stay as they are", async () => {
    const { tenantId, key } = await makeTenant();
    const type = ownType();
    await call(key, "PUT", "/api/metrics/declared", { aggregation: "min" });
    await call(key, "POST", "/api/usage/record", { metric_name: "used", quantity: 1 });
    for (const metric of ["declared", "used", "api_calls", "fresh"]) {
      await keep({ tenant: tenantId, eventType: type, metric, aggregation: "max" });
    }
    const actor = actorOf(tenantId);
    const rules = await rulesFor(env, actor);
    await ensureDeclared(env, actor, rules, eventsBy(rules, type));
    const own = (await listMetrics(env.DB, tenantId)).filter(({ standard }) => !standard);
    expect(own.map(({ name, aggregation }) => [name, aggregation])).toEqual([
      ["declared", "min"],
      ["fresh", "max"],
      ["used", "sum"],
    ]);
  });

  it("for which a tenant has no room are the refusal of their events alone", async () => {
    const { tenantId } = await makeTenant();
    await env.DB.prepare("INSERT INTO tenant_budgets VALUES (?, 'metric_names', 1)")
      .bind(tenantId)
      .run();
    const type = ownType();
    await keep({ tenant: tenantId, eventType: type, metric: "a", aggregation: "max" });
    await keep({ tenant: tenantId, eventType: type, metric: "b", aggregation: "max" });
    const actor = actorOf(tenantId, { metricNames: 1 });
    const rules = await rulesFor(env, actor);
    const events = eventsBy(rules, type);
    const ready = await ensureDeclared(env, actor, rules, events);
    expect(ready[0]).toBe(events[0]);
    expect(ready[1]).toMatchObject({ at: "", code: "budget.reached" });
    const { db, reads } = countedDb(env.DB);
    await ensureDeclared({ ...env, DB: db }, actor, rules, events);
    expect(reads.statements).toBe(1);
  });

  it("are declared in fifty tenants a request; the others are asked to send again", async () => {
    const eventType = ownType();
    const tenants: string[] = [];
    for (let i = 0; i < 52; i++) tenants.push((await makeTenant()).tenantId);
    await keep({ tenant: "*", eventType, metric: "m", aggregation: "max", byOperator: true });
    const actors = tenants.map((tenantId) => actorOf(tenantId));
    const found = await rulesForAll(env, actors);
    const shares = actors.map((actor) => {
      const rules = found.get(actor.tenantId) ?? [];
      return { actor, rules, events: eventsBy(rules, eventType) };
    });
    const ready = await ensureDeclaredAll(env, shares);
    const busy = ready.map(([event]) => (event && "code" in event ? event.code : "ready"));
    expect(busy).toEqual([...new Array(50).fill("ready"), "service.busy", "service.busy"]);
    const again = await ensureDeclaredAll(env, shares);
    expect(again.every(([event]) => event && "item" in event)).toBe(true);
  });
});
