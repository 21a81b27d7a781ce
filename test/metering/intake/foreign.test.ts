/** Whatever comes in a usage format is an item that recording takes, or is refused where it is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { itemOf } from "../../../src/metering/event/item.ts";
import {
  foreignId,
  foreignQuantity,
  foreignTime,
  Unfit,
} from "../../../src/metering/intake/foreign.ts";
import type { Format } from "../../../src/metering/intake/format.ts";
import { FORMATS } from "../../../src/metering/intake/registry.ts";

/** Text of all sorts, and what names and numbers look like. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom("1", "1.0", "-1", "1e-7", "0.0000005", "seq_1", "boxcostpro", " ", "\ud800"),
  fc.constantFrom("2026-03-10T12:00:00Z", "2026-03-10T12:00:00", "1773144000", "x".repeat(300)),
);
/** Objects that no text can be made of. */
const unprintable = fc.constantFrom({ toString: null }, [{ toString: null }], { valueOf: 1 });
const plainValue = fc.oneof(text, fc.double(), fc.integer(), fc.jsonValue(), fc.constant(null));
const value = fc.oneof({ weight: 9, arbitrary: plainValue }, { weight: 1, arbitrary: unprintable });

const cloudEvent = fc.record(
  {
    specversion: fc.constantFrom("1.0", "1.0", "1.0", "0.3"),
    id: value,
    source: value,
    type: text,
    time: value,
    subject: value,
    ext: value,
    data: fc.oneof(fc.record({ value, other: value }, { requiredKeys: [] }), value),
  },
  { requiredKeys: ["specversion"] },
);

const record = fc.record(
  { i: value, t: value, q: value, u: value, m: value },
  { requiredKeys: [] },
);
const MAPPING = {
  metric: "/m",
  quantity: "/q",
  id: "/i",
  time: "/t",
  user: "/u",
  metadata: "/m,/x",
};

/** Mostly what it should be. */
const mostly = (usual: string) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: value });

const attribute = fc.record({
  key: fc.constantFrom(
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.cost",
    "gen_ai.request.model",
    "boxcost.metric",
    "boxcost.quantity",
    "user.id",
    "plan",
  ),
  value: fc.oneof(
    fc.record({ stringValue: text }),
    fc.record({ intValue: mostly("5") }),
    fc.record({ doubleValue: value }),
    value,
  ),
});
const span = fc.record(
  {
    traceId: mostly("ab"),
    spanId: mostly("cd"),
    parentSpanId: value,
    endTimeUnixNano: mostly("1773144000000000000"),
    attributes: fc.oneof(fc.array(attribute, { maxLength: 5 }), value),
  },
  { requiredKeys: ["traceId", "spanId", "attributes"] },
);
const spans = fc.array(fc.oneof(span, value), { maxLength: 4 });
const trace = spans.map((all) => ({ resourceSpans: [{ scopeSpans: [{ spans: all }] }] }));

const CASES: [string, Format, fc.Arbitrary<unknown>, Record<string, string>][] = [
  ["CloudEvents", FORMATS.cloudEvents, fc.array(fc.oneof(cloudEvent, value)), {}],
  ["log records", FORMATS.logRecords, fc.array(fc.oneof(record, value)), MAPPING],
  ["traces", FORMATS.otlpTraces, fc.oneof(trace, trace, value), {}],
];

/** How many items a body gives, each of which recording takes; 0 where all of it is refused. */
function itemsIn(format: Format, body: unknown, query: Record<string, string>): number {
  const sent = {
    type: "application/json",
    text: JSON.stringify(body),
    headers: new Headers(),
    query,
    rules: [],
  };
  try {
    const { events } = format.read(sent);
    const items = events.flatMap((event) => ("item" in event ? [event.item] : []));
    for (const item of items) expect([item, itemOf(item)]).not.toEqual([item, null]);
    return items.length;
  } catch (error) {
    if (error instanceof Problem) return 0;
    throw error;
  }
}

describe("whatever comes as", () => {
  it.each(CASES)(
    "%s is an item that recording takes, or is refused",
    (_, format, bodies, query) => {
      let items = 0;
      fc.assert(
        fc.property(bodies, (body) => {
          items += itemsIn(format, body, query);
        }),
        { numRuns: 5_000 },
      );
      expect(items).toBeGreaterThan(20);
    },
  );
});

describe("a foreign name", () => {
  it("is another for another, and the same for the same", () => {
    const long = fc.string({ minLength: 201, maxLength: 400 });
    fc.assert(
      fc.property(long, long, (a, b) => {
        expect(foreignId(a) === foreignId(b)).toBe(a === b);
      }),
    );
  });
});

describe("a foreign quantity", () => {
  it("of at most 6 decimals is itself, and nothing more is kept of it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 999_999 }), (whole, micro) => {
        const sent = `${whole}.${String(micro).padStart(6, "0")}`;
        const { quantity, sent: kept } = foreignQuantity("", sent);
        expect([Number(quantity), kept]).toEqual([Number(sent), {}]);
      }),
    );
  });
});

describe("a foreign time", () => {
  it("is the same in every unit, cut to milliseconds", () => {
    const ms = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 });
    fc.assert(
      fc.property(ms, fc.nat({ max: 999_999 }), (at, rest) => {
        const nano = `${at}${String(rest).padStart(6, "0")}`;
        const seconds = `${nano.slice(0, -9)}.${nano.slice(-9)}`;
        const iso = new Date(at).toISOString();
        for (const form of [nano, nano.slice(0, -3), nano.slice(0, -6), seconds, iso]) {
          expect(Date.parse(foreignTime("", form))).toBe(at);
        }
        expect(Date.parse(foreignTime("", iso.slice(0, -1)))).toBe(at);
      }),
    );
  });

  it("that is none is refused", () => {
    for (const bad of [
      "",
      "now",
      "1e9",
      "-1",
      "9".repeat(21),
      "2026-02-30T00:00:00Z",
      true,
      null,
    ]) {
      expect(() => foreignTime("", bad), String(bad)).toThrow(Unfit);
    }
  });
});
