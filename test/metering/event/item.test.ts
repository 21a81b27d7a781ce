import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, itemOf } from "../../../src/metering/event/item.ts";
import { itemSchema } from "../../../src/metering/event/item-schema.ts";

const odd = fc.constantFrom<unknown>(
  null,
  undefined,
  true,
  -1,
  0.1,
  1e30,
  1e-7,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "1",
  "1.5",
  "0.0000001",
  "-1",
  "1e3",
  "NaN",
  "9223372036854.775807",
  "9223372036854.775808",
  "a\u0000b",
  "  ",
  "a\nb",
  "\ud800",
  "x".repeat(100),
  "x".repeat(101),
  "x".repeat(201),
  "seq_12",
  "boxcostpro",
  "2026-01-31T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-01-31",
  [],
  [1],
  {},
  { a: 1 },
  { a: { b: { c: { d: { e: 1 } } } } },
  { a: { b: { c: { d: { e: { f: 1 } } } } } },
  { a: ["\ud800"] },
  { a: "C:\\udir" },
  { a: "x".repeat(4_088) },
  { a: "x".repeat(4_089) },
  { a: "ä".repeat(2_045) },
  { a: Array.from({ length: 2_045 }, () => 1) },
  { a: Array.from({ length: 2_046 }, () => 1) },
  { a: Array.from({ length: 1_363 }, () => []) },
  Object.fromEntries(Array.from({ length: 150_000 }, (_, i) => [`k${i}`, 1])),
);
const field = fc.oneof(odd, fc.jsonValue());
/** Mostly right, so that one wrong field is what decides. */
const right = (...values: unknown[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, field);
const value = fc.oneof(
  { weight: 1, arbitrary: field },
  {
    weight: 9,
    arbitrary: fc.record(
      {
        metric_name: right("api_calls"),
        quantity: right(1, 0, "2.5", 0.000001),
        id: right("a", "seq_", "x".repeat(200)),
        source: right("api", "edge"),
        timestamp: right("2026-01-31T00:00:00Z", "2026-01-31t00:00:00.5+02:00"),
        user_id: right(null, "ann"),
        metadata: right(null, {}, { b: 1, a: [1, { c: 2 }] }),
        cap: right(true, false),
      },
      { requiredKeys: ["metric_name", "quantity"] },
    ),
  },
  { weight: 1, arbitrary: fc.constant({ metric_name: "m", quantity: 1, other: 1 }) },
);

describe("an item", () => {
  it("passes the hand-written check exactly where it passes the schema", () => {
    let accepted = 0;
    fc.assert(
      fc.property(value, (item) => {
        const byHand = itemOf(item) !== null;
        if (byHand) accepted++;
        expect(byHand).toBe(itemSchema.safeParse(item).success);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it("has names of visible characters", () => {
    const named = (metric_name: string) => itemOf({ metric_name, quantity: 1 });
    expect([" ", "\u00a0 ", "\u3000"].map(named)).toEqual([null, null, null]);
    expect(named(" api calls ")?.metric).toBe(" api calls ");
    expect(itemOf({ metric_name: "m", quantity: 1, id: " " })).toBeNull();
  });

  it("has one metadata text whatever the order of its keys", () => {
    const shuffled = (input: unknown): unknown => {
      if (Array.isArray(input)) return input.map(shuffled);
      if (typeof input !== "object" || input === null) return input;
      return Object.fromEntries(
        Object.entries(input)
          .reverse()
          .map(([k, v]) => [k, shuffled(v)]),
      );
    };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (metadata) => {
        const text = canonicalJson(metadata);
        expect(canonicalJson(shuffled(metadata))).toBe(text);
        if (text) expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});
