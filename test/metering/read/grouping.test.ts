import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { quantityText } from "../../../src/core/quantity.ts";
import type { Aggregation } from "../../../src/metering/aggregation/registry.ts";
import type { Counter } from "../../../src/metering/counter/terms.ts";
import type { Line, LineTuple } from "../../../src/metering/event/line.ts";
import { bucketsOf, type SummaryWindow } from "../../../src/metering/read/buckets.ts";
import {
  Grouping,
  type GroupingQuery,
  MAX_GROUP_CHARS,
  MAX_ROWS,
  type SummaryRow,
} from "../../../src/metering/read/grouping.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** How each metric counts; `unique` those of the property `value`. */
const METRICS: Record<string, Aggregation> = {
  tokens: "sum",
  calls: "count",
  peak: "max",
  floor: "min",
  level: "latest",
  seats: "unique",
};
const counters = new Map(
  Object.entries(METRICS).map(([metric, aggregation]): [string, Counter] => {
    const property = aggregation === "unique" ? "value" : null;
    return [metric, { metric, aggregation, property, dimensions: [] }];
  }),
);

/** Where the clocks of a zone change, in each of which a local hour is skipped or comes twice. */
const CHANGES: [string, number][] = [
  ["Europe/Berlin", Date.UTC(2026, 2, 29, 1)],
  ["Europe/Berlin", Date.UTC(2026, 9, 25, 1)],
  ["Australia/Lord_Howe", Date.UTC(2026, 3, 4, 15)],
  ["America/New_York", Date.UTC(2026, 10, 1, 6)],
];

const micro = fc.oneof(
  fc.bigInt({ min: 0n, max: 30n * 10n ** 6n }),
  fc.constantFrom(2n ** 51n - 1n, 2n ** 51n, 2n ** 53n, 9n * 10n ** 18n),
);
const PROPERTIES = ["model", "region", "toString", "__proto__", "value"];
const propertyOf = fc.constantFrom<unknown>("gpt", "claude", "", null, 4.5, { deep: [1] });
const metadata = fc.oneof(
  fc.constant(0 as const),
  // Built from entries, so that a key such as __proto__ is a property of its own.
  fc
    .array(fc.tuple(fc.constantFrom(...PROPERTIES), propertyOf), { maxLength: 4 })
    .map((entries): Record<string, unknown> => Object.fromEntries(entries)),
);

function lineIn(startMs: number, endMs: number): fc.Arbitrary<LineTuple> {
  const at = fc.oneof(
    fc.integer({ min: startMs - HOUR, max: endMs + HOUR }),
    fc.constantFrom(startMs, endMs, endMs - 1),
    fc.integer({ min: -120, max: 120 }).map((n) => (startMs + endMs) / 2 + n * MINUTE),
  );
  return fc
    .tuple(
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.constantFrom(...Object.keys(METRICS), "undeclared"),
      micro,
      at.map(Math.floor),
      fc.constantFrom<string | 0>(0, "ann", "bob", "cyd"),
      metadata,
    )
    .map(([n, metric, amount, atMs, user, meta]) => {
      const kept = amount < 2n ** 53n ? Number(amount) : String(amount);
      return [`e${n}`, metric, kept, atMs, user, meta] as LineTuple;
    });
}

type Asked = Omit<GroupingQuery, "buckets"> & { timeZone: string; window: SummaryWindow | null };

const key = fc.constantFrom("user_id", ...PROPERTIES);
const drawn = fc
  .record({
    change: fc.constantFrom(...CHANGES),
    before: fc.integer({ min: 1, max: 200 * 60 }),
    after: fc.integer({ min: 1, max: 200 * 60 }),
    window: fc.constantFrom<SummaryWindow | null>(null, "minute", "hour", "day", "month"),
    metrics: fc.option(fc.uniqueArray(fc.constantFrom(...Object.keys(METRICS)))),
    users: fc.option(fc.uniqueArray(fc.constantFrom("ann", "bob", "", "nobody"))),
    groupBy: fc.uniqueArray(key, { maxLength: 5 }),
    filters: fc.array(fc.tuple(key, fc.array(fc.constantFrom("", "gpt", "ann", "4.5"))), {
      maxLength: 2,
    }),
  })
  .chain(({ change: [timeZone, changeMs], before, after, window, filters, ...rest }) => {
    // Minutes have windows for six days at most.
    const short = window === "minute" ? 10 : 1;
    const startMs = changeMs - Math.ceil(before / short) * MINUTE;
    const endMs = changeMs + Math.ceil(after / short) * MINUTE;
    const asked: Asked = { ...rest, startMs, endMs, timeZone, window, filters: new Map(filters) };
    return fc.tuple(fc.constant(asked), fc.array(lineIn(startMs, endMs), { maxLength: 60 }));
  });

/** The local time that begins a window: one text for each window. */
function windowName(atMs: number, { window, timeZone }: Asked): string {
  const at = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  if (window === "month") return at.toPlainDate().toString().slice(0, 7);
  if (window === "day") return at.toPlainDate().toString();
  // Half an hour's change gives one local hour two offsets, in one window.
  const isShifted = timeZone === "Australia/Lord_Howe";
  const offset = window === "hour" && isShifted ? "" : at.offset;
  return (
    at
      .toPlainDateTime()
      .toString()
      .slice(0, window === "hour" ? 13 : 16) + offset
  );
}

function textOf(tuple: LineTuple, name: string): string | null {
  if (name === "user_id") return tuple[4] === 0 ? null : (tuple[4] ?? null);
  const found = Object.entries(tuple[5] || {}).find(([property]) => property === name)?.[1];
  if (found === undefined || found === null) return null;
  return typeof found === "string" ? found : JSON.stringify(found);
}

function levelText(metric: string, tuples: readonly LineTuple[]): string {
  const amounts = tuples.map((tuple) => BigInt(tuple[2]));
  const sorted = amounts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const last = tuples.toSorted((a, b) => a[3] - b[3] || (a[0] < b[0] ? -1 : 1)).at(-1);
  switch (METRICS[metric] ?? "sum") {
    case "sum":
      return quantityText(amounts.reduce((sum, amount) => sum + amount, 0n));
    case "count":
      return String(tuples.length);
    case "max":
      return quantityText(sorted.at(-1) ?? 0n);
    case "min":
      return quantityText(sorted[0] ?? 0n);
    case "latest":
      return quantityText(BigInt(last?.[2] ?? 0));
    case "unique": {
      const values = tuples.map((tuple) => textOf(tuple, "value")).filter((v) => v !== null);
      return String(new Set(values).size);
    }
    default:
      throw new Error(`the model does not know how ${metric} counts`);
  }
}

type Shown = string;

/** The rows, from nothing but the words of the question. */
function modelRows(asked: Asked, tuples: readonly LineTuple[], isBroken: boolean): Shown[] {
  const matching = tuples.filter((tuple) => {
    const [, metric, , atMs] = tuple;
    const isIn = atMs >= asked.startMs && atMs < asked.endMs;
    const isMetric = asked.metrics === null || asked.metrics.includes(metric);
    const isUser = asked.users === null || asked.users.includes(textOf(tuple, "user_id") ?? "");
    const isFiltered = [...asked.filters].every(([name, values]) =>
      values.includes(textOf(tuple, name) ?? ""),
    );
    return isIn && isMetric && isUser && isFiltered;
  });
  const rows = Map.groupBy(matching, (tuple) => {
    const [, metric, , atMs] = tuple;
    if (!isBroken) return JSON.stringify([metric]);
    const window = asked.window === null ? null : windowName(atMs, asked);
    return JSON.stringify([window, asked.groupBy.map((name) => textOf(tuple, name)), metric]);
  });
  return [...rows].map(([name, own]) => {
    const metric = JSON.parse(name).at(-1) as string;
    const times = own.map((tuple) => tuple[3]);
    const span = `${Math.min(...times)} ${Math.max(...times)}`;
    return `${name} ${levelText(metric, own)} of ${own.length} ${span}`;
  });
}

function shown(name: unknown, row: SummaryRow): Shown {
  const value = quantityText(row.valueMicro);
  return `${JSON.stringify(name)} ${value} of ${row.events} ${row.firstMs} ${row.lastMs}`;
}

function grouped(asked: Asked, lines: readonly Line[]) {
  const buckets = asked.window === null ? [] : bucketsOf(asked, asked.window, asked.timeZone);
  const grouping = new Grouping({ ...asked, buckets }, counters);
  grouping.add(lines.slice(0, 7));
  grouping.add(lines.slice(7));
  return grouping;
}

const numbered = (tuples: readonly LineTuple[]): Line[] =>
  tuples.map((tuple, i) => ({ seq: i + 1, tuple }));

describe("lines added up by window, groups and metric", () => {
  it("come to what the events of each add up to, over changes of the clock", () => {
    fc.assert(
      fc.property(drawn, ([asked, tuples]) => {
        const grouping = grouped(asked, numbered(tuples));
        const totals = grouping.totals().map((row) => shown([row.metric], row));
        expect(totals).toEqual(modelRows(asked, tuples, false).toSorted());
        const rows = grouping.rows();
        const named = rows.map((row) => {
          const window = row.range && windowName(row.range.startMs, asked);
          return shown([window, row.group, row.metric], row);
        });
        expect(named.toSorted()).toEqual(modelRows(asked, tuples, true).toSorted());
        for (const { range, firstMs, lastMs } of rows) {
          if (range === null) continue;
          expect(firstMs).toBeGreaterThanOrEqual(range.startMs);
          expect(lastMs).toBeLessThan(range.endMs);
        }
        const starts = rows.map(({ range }) => range?.startMs ?? 0);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
      { numRuns: 600 },
    );
  });

  it("come in the order of windows, groups and metrics, whatever came first", () => {
    fc.assert(
      fc.property(drawn, fc.nat(59), ([asked, tuples], n) => {
        const turned = [...tuples.slice(n), ...tuples.slice(0, n)];
        // Of two events of one time and id either may be the latest: not what is compared here.
        const plain = { ...asked, metrics: ["tokens", "calls", "peak", "seats"] };
        expect(grouped(plain, numbered(turned)).rows()).toEqual(
          grouped(plain, numbered(tuples)).rows(),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe("a grouping", () => {
  const whole: Asked = {
    startMs: 0,
    endMs: 10 ** 12,
    metrics: null,
    users: null,
    groupBy: [],
    filters: new Map(),
    window: null,
    timeZone: "UTC",
  };
  const many = (n: number, make: (i: number) => LineTuple) =>
    numbered(Array.from({ length: n }, (_, i) => make(i)));

  it("refuses more groups than it answers, by the key that makes them", () => {
    const lines = many(9_001, (i) => ["", "m", 1, i, `u${i}`, 0]);
    const asked = { ...whole, groupBy: ["user_id"] };
    expect(grouped(asked, lines.slice(1)).rows()).toHaveLength(9_000);
    expect(() => grouped(asked, lines)).toThrow("more than 9000 rows");
  });

  it("refuses more rows than it answers, though its groups are few", () => {
    const lines = many(MAX_ROWS + 1, (i) => ["", "m", 1, (i % 7_000) * HOUR, `u${i % 11}`, 0]);
    const asked: Asked = { ...whole, endMs: 7_000 * HOUR, window: "hour", groupBy: ["user_id"] };
    expect(grouped(asked, lines.slice(1)).rows()).toHaveLength(MAX_ROWS);
    expect(() => grouped(asked, lines)).toThrow(`more than ${MAX_ROWS} rows`);
  });

  it("refuses groups that would make an answer of many megabytes", () => {
    const text = "x".repeat(4_000);
    const lines = many(MAX_GROUP_CHARS / 4_000, (i) => ["", "m", 1, 0, 0, { a: text + i }]);
    const asked = { ...whole, groupBy: ["a"] };
    expect(grouped(asked, lines.slice(10)).rows()).toHaveLength(lines.length - 10);
    expect(() => grouped(asked, lines)).toThrow("characters of groups");
  });
});
