/** What rules make of an incoming event. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AGGREGATION_NAMES, AGGREGATIONS } from "../../../src/metering/aggregation/registry.ts";
import { itemOf } from "../../../src/metering/event/item.ts";
import type { ForeignItem, Mapped } from "../../../src/metering/intake/foreign.ts";
import {
  itemsOf,
  metricOfRule,
  type RuleEvent,
  rawItemOf,
  rulesUsed,
  type UsageRule,
} from "../../../src/metering/intake/rule.ts";

let made = 0;
/** A rule of the type `call`. */
function rule(change: Partial<UsageRule> = {}): UsageRule {
  made++;
  return {
    id: `rule_${made}`,
    tenant: "*",
    eventType: "call",
    metric: `m${made}`,
    name: "",
    description: "",
    unit: "",
    aggregation: "sum",
    property: null,
    valuePath: "$.tokens",
    userPath: null,
    groups: {},
    active: true,
    byOperator: true,
    createdMs: 0,
    updatedMs: 0,
    ...change,
  };
}

/** An event of the type `call`. */
function event(data: unknown, change: Partial<RuleEvent> = {}): RuleEvent {
  const head = { at: "/3", dataAt: "/data", id: "e1", source: "shop", type: "call" };
  return { ...head, timestamp: null, user: null, data, ...change };
}

const refused = (detail: string, at = "/3/data/tokens") => ({
  at,
  code: "request.invalid",
  detail,
});
const itemIn = (mapped: Mapped | undefined): ForeignItem | undefined =>
  mapped && "item" in mapped ? mapped.item : undefined;

describe("an event", () => {
  it("becomes one item for each active rule of its type", () => {
    const rules = [
      rule({ metric: "tokens", groups: { model: "/model", region: "$.where['region']" } }),
      rule({ metric: "calls", aggregation: "count", valuePath: null }),
      rule({ metric: "off", active: false }),
      rule({ metric: "other", eventType: "Call" }),
      rule({ metric: "tokens", valuePath: "$.never" }),
    ];
    const data = { tokens: 12.5, model: 4, deep: [1] };
    expect(itemsOf(rules, event(data, { user: "u1", timestamp: "2026-03-01T00:00:00Z" }))).toEqual([
      {
        at: "/3",
        item: {
          metric_name: "tokens",
          quantity: "12.5",
          id: "e1:tokens",
          source: "shop",
          timestamp: "2026-03-01T00:00:00Z",
          user_id: "u1",
          metadata: { tokens: 12.5, model: "4", region: "", deep: [1] },
        },
      },
      {
        at: "/3",
        item: {
          metric_name: "calls",
          quantity: "1",
          id: "e1:calls",
          source: "shop",
          timestamp: "2026-03-01T00:00:00Z",
          user_id: "u1",
          metadata: data,
        },
      },
    ]);
    expect(itemsOf(rules, event(data, { type: "else" }))).toEqual([]);
  });

  it("is refused for a rule whose value is missing, and counted for the others", () => {
    const rules = [rule({ metric: "a" }), rule({ metric: "b", valuePath: "/other" })];
    const [a, b] = itemsOf(rules, event({ other: 1, tokens: null }));
    expect(a).toEqual(refused("is missing: the rule of a reads $.tokens"));
    expect(itemIn(b)?.quantity).toBe("1");
    const values: [unknown, RegExp][] = [
      [-1, /0 or more/],
      ["many", /a JSON number or a decimal string/],
      [true, /a JSON number or a decimal string/],
      [{ n: 1 }, /a JSON number or a decimal string/],
      ["99999999999999", /at most/],
    ];
    for (const [tokens, why] of values) {
      const [first] = itemsOf(rules, event({ tokens }));
      expect(first).toMatchObject(refused(expect.stringMatching(why) as unknown as string));
    }
  });

  it("is rounded half to even at six decimals, and keeps what was sent", () => {
    const rules = [rule()];
    for (const [tokens, quantity] of [
      ["0.0000005", "0"],
      ["0.0000015", "0.000002"],
      ["1.5e-07", "0"],
      ["0.000337499999", "0.000337"],
    ]) {
      const item = itemIn(itemsOf(rules, event({ tokens }))[0]);
      expect(item).toMatchObject({ quantity, metadata: { tokens, sent_quantity: tokens } });
    }
  });

  it("keeps the value that a metric counts, as text, under its property", () => {
    const rules = [
      rule({ aggregation: "unique", property: "visitor", valuePath: "$.who", metric: "v" }),
    ];
    for (const [who, visitor] of [
      ["ann", "ann"],
      [7, "7"],
      [{ a: 1 }, '{"a":1}'],
    ]) {
      const item = itemIn(itemsOf(rules, event({ who }))[0]);
      expect(item).toMatchObject({ quantity: "1", metadata: { who, visitor } });
    }
    expect(itemsOf(rules, event({}))[0]).toMatchObject({ at: "/3/data/who" });
  });

  it("is of the user that its data name, else of its own", () => {
    const rules = [rule({ userPath: "$.customer", aggregation: "count" })];
    const userOf = (data: unknown) =>
      itemIn(itemsOf(rules, event(data, { user: "own" }))[0])?.user_id;
    expect([userOf({ customer: 9 }), userOf({ customer: "" }), userOf({})]).toEqual([
      "9",
      "own",
      "own",
    ]);
  });

  it("keeps all of its data where they fit, else what the rules name", () => {
    const rules = [rule({ groups: { model: "$.model" } })];
    const small = { tokens: 1, model: "m", note: "n" };
    const more = { extension: "e" };
    const kept = (data: unknown) => itemIn(itemsOf(rules, event(data, { more }))[0])?.metadata;
    expect(kept(small)).toEqual({ ...small, ...more });
    expect(kept({ ...small, note: "n".repeat(4_050) })).not.toHaveProperty("extension");
    expect(kept({ ...small, note: "n".repeat(5_000) })).toEqual({ model: "m", metadata_cut: true });
    const huge = itemsOf(rules, event({ ...small, model: "m".repeat(5_000) }))[0];
    expect(huge).toMatchObject({ at: "/3/data", code: "request.invalid" });
  });

  it("without a rule counts one under its type", () => {
    expect(rawItemOf(event({ a: 1 }))).toMatchObject({
      item: { metric_name: "call", quantity: "1", id: "e1", metadata: { a: 1 } },
    });
    expect(rawItemOf(event(1, { type: "t".repeat(101) }))).toMatchObject({ at: "/3/type" });
  });

  it("whatever it holds, is what recording takes or is refused where it is", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 250 }),
      fc.constantFrom("1", "-1", "1e-7", "seq_1", "boxcostpro", "\ud800", "x".repeat(5_000)),
    );
    const value = fc.oneof(text, fc.double(), fc.jsonValue(), fc.constant(undefined));
    const data = fc.oneof(
      fc.record({ tokens: value, model: value, who: value, more: value }, { requiredKeys: [] }),
      value,
    );
    const aggregation = fc.constantFrom(...AGGREGATION_NAMES);
    const path = fc.constantFrom("$.tokens", "/tokens/0", "$", "$['more'].a");
    fc.assert(
      fc.property(
        data,
        text,
        text,
        fc.array(fc.tuple(aggregation, path)),
        (sent, id, source, of) => {
          const rules = of.map(([aggregation, valuePath]) => {
            const property = AGGREGATIONS[aggregation].needsProperty ? "value" : null;
            const groups = { model: "$.model", ["__proto__"]: "/who" };
            return rule({ aggregation, property, valuePath, groups, userPath: "/who" });
          });
          const items = itemsOf(rules, event(sent, { id: id || "1", source: source || "s" }));
          expect(items).toHaveLength(rules.length);
          for (const mapped of items) {
            if ("item" in mapped) expect(itemOf(mapped.item)).not.toBeNull();
            else expect(mapped.at).toMatch(/^\/3/);
          }
          const ids = items.flatMap((mapped) => ("item" in mapped ? [mapped.item.id] : []));
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
    );
  });
});

describe("a rule", () => {
  it("says what its metric is, with the first four groups as dimensions", () => {
    const groups = { e: "$.e", d: "$.d", c: "$.c", b: "$.b", a: "$.a" };
    const told = { unit: "tokens", aggregation: "unique", property: "p" } as const;
    expect(metricOfRule(rule({ metric: "m", name: "Models", groups, ...told }))).toEqual({
      name: "m",
      description: "Models",
      displayName: "",
      ...told,
      dimensions: ["e", "d", "c", "b"],
    });
  });

  it("is used where an event was counted under its metric", () => {
    const rules = [rule({ metric: "a" }), rule({ metric: "b", valuePath: "$.b" }), rule()];
    const items = itemsOf(rules, event({ tokens: 1 }));
    expect(rulesUsed(rules, items).map(({ metric }) => metric)).toContain("a");
    expect(rulesUsed(rules, items)).toHaveLength(2);
  });
});
