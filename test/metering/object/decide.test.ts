import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cell, cellToJson, emptyCell } from "../../../src/metering/aggregation/cell.ts";
import { levelOf } from "../../../src/metering/counter/counter.ts";
import {
  MAX_COUNTER_VALUES,
  MAX_METER_CELLS,
  MAX_METER_VALUES,
} from "../../../src/metering/counter/room.ts";
import type { Counter, Terms } from "../../../src/metering/counter/terms.ts";
import { linesOf, tuplesOf } from "../../../src/metering/event/body.ts";
import { itemOf } from "../../../src/metering/event/item.ts";
import { keysOf } from "../../../src/metering/event/key.ts";
import type { Batch } from "../../../src/metering/meter/batch.ts";
import { STATUS } from "../../../src/metering/meter/reply.ts";
import { alertsOfChange, decideBatch } from "../../../src/metering/object/decide.ts";
import { PendingCommit } from "../../../src/metering/object/pending-commit.ts";
import { MeterState } from "../../../src/metering/object/state.ts";
import { BatchBuilder } from "../../../src/metering/record/prepare.ts";

const NOW = Date.UTC(2026, 2, 10);
const HOUR = 3_600_000;

const TERMS: Terms = {
  epoch: 1,
  subscriptionId: "sub_1",
  windows: [
    { id: "w1", startMs: NOW - 20 * HOUR, endMs: NOW - 5 * HOUR, cutsMs: [NOW - 9 * HOUR] },
    { id: "w2", startMs: NOW - 5 * HOUR, endMs: NOW + 99 * HOUR, cutsMs: [] },
  ],
  limits: [
    ["w1", "soft", 12, false],
    ["w1", "hard", 10, true],
    ["w2", "soft", 9, false],
    ["w2", "hard", 15, true],
    ["w2", "none", 0, false],
    ["w2", "peak", 5, false],
    ["w1", "who", 2, true],
    ["w2", "who", 4, false],
  ].map(([windowId, metric, included, hard]) => ({
    windowId: String(windowId),
    metric: String(metric),
    includedMicro: String(Number(included) * 1_000_000),
    hard: Boolean(hard),
    thresholds: [80, 90, 100, 110],
    epoch: 1,
  })),
};
const COUNTERS: Counter[] = [
  { metric: "peak", aggregation: "max", property: null, dimensions: [] },
  { metric: "who", aggregation: "unique", property: "u", dimensions: [] },
];

function newState(): MeterState {
  const state = new MeterState();
  state.setTerms(TERMS);
  state.setCounters(1, COUNTERS);
  return state;
}

const event = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map(String),
  metric: fc.constantFrom("soft", "hard", "none", "peak", "who", "free"),
  quantity: fc.integer({ min: 0, max: 4 }),
  hours: fc.integer({ min: 0, max: 30 }),
  cap: fc.boolean(),
});
type Drawn = typeof event extends fc.Arbitrary<infer T> ? T : never;
type Made = Omit<Drawn, "metric"> & { metric: string };

function batchOf(state: MeterState, events: readonly Made[]): Batch {
  const builder = new BatchBuilder(NOW, events.length, state.prepared());
  for (const { id, metric, quantity, hours, cap } of events) {
    const item = itemOf({
      metric_name: metric,
      quantity,
      id,
      cap,
      timestamp: new Date(NOW - hours * HOUR).toISOString(),
      metadata: { u: `u${quantity}` },
    });
    if (!item) throw new Error("not an item");
    builder.add({ item, id, userId: null });
  }
  return builder.build();
}

/** Decides and takes over one batch, as the object does. */
function record(
  state: MeterState,
  batch: Batch,
  known: Map<string, { seq: number; digest: number }>,
) {
  const draft = PendingCommit.of(state.seq, batch.n);
  const find = (keys: Uint32Array, at: number) => known.get(keys.slice(at, at + 4).join()) ?? null;
  const holdsAny = (keys: Uint32Array, n: number) =>
    Array.from({ length: n }, (_, i) => find(keys, i * 5)).some((known) => known !== null);
  const reply = decideBatch(state, draft, batch, NOW, { find, holdsAny });
  let seq = state.seq;
  for (const { n, keys } of draft.parts) {
    for (let at = 0; at < n * 5; at += 5) {
      known.set(keys.slice(at, at + 4).join(), { seq: ++seq, digest: keys[at + 4] ?? 0 });
    }
  }
  state.take(draft, NOW);
  const statuses = Array.from({ length: batch.n }, (_, i) => reply.statuses?.[i] ?? 0);
  const lines = draft.parts.flatMap(({ body }) => linesOf(body));
  return { statuses, lines, alerts: reply.alerts.map(({ alert }) => alert) };
}

const cellsOf = (state: MeterState) =>
  [...state.cells.values()].map((cell) => JSON.stringify(cellToJson(cell))).sort();

describe("the metrics of a tenant", () => {
  it("are never more than there may be, and refused alike as a whole and one by one", () => {
    const one = fc.record({ metric: fc.constantFrom("a", "b", "c", "d", "api_calls") });
    const batches = fc.array(fc.array(one, { minLength: 1, maxLength: 8 }), { maxLength: 5 });
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 4 }), fc.boolean(), (sent, most, summed) => {
        const [whole, single] = [new MeterState(), new MeterState()];
        const known = [new Map<string, never>(), new Map<string, never>()] as const;
        const model = new Set<string>();
        let id = 0;
        for (const events of sent) {
          const made = events.map(({ metric }) => {
            return { id: `e${id++}`, metric, quantity: 1, hours: 0, cap: false };
          });
          const batch = { ...batchOf(whole, made), metricNames: most };
          const { statuses } = record(whole, summed ? batch : { ...batch, sums: null }, known[0]);
          const alone = made.flatMap(
            (event) =>
              record(single, { ...batchOf(single, [event]), metricNames: most }, known[1]).statuses,
          );
          expect(statuses).toEqual(alone);
          const expected = events.map(({ metric }) => {
            if (metric === "api_calls" || model.has(metric)) return STATUS.accepted;
            if (model.size >= most) return STATUS.unnamed;
            model.add(metric);
            return STATUS.accepted;
          });
          expect(statuses).toEqual(expected);
        }
        expect(whole.names.own).toBe(model.size);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a batch", () => {
  it("is decided alike as a whole, item by item, and where the object adds it up", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(event, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 4 }),
        (batches) => {
          const [whole, single, anew] = [newState(), newState(), newState()];
          const [knownW, knownS, knownA] = [new Map(), new Map(), new Map()];
          for (const events of batches) {
            const byBatch = record(whole, batchOf(whole, events), knownW);
            const alone = events.map((event) => record(single, batchOf(single, [event]), knownS));
            const byObject = record(anew, { ...batchOf(anew, events), version: -1 }, knownA);
            expect(byBatch).toEqual({
              statuses: alone.flatMap((result) => result.statuses),
              lines: alone.flatMap((result) => result.lines),
              alerts: alone.flatMap((result) => result.alerts),
            });
            expect(byObject).toEqual(byBatch);
          }
          expect(cellsOf(single)).toEqual(cellsOf(whole));
          expect(cellsOf(anew)).toEqual(cellsOf(whole));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("reaches a threshold and a hard limit with both sides of a change of plan together", () => {
    // Six units before the change and six after it: neither is much.
    const sent = (metric: "soft" | "hard") =>
      [11, 10, 8, 7].map((hours) => {
        return { id: `${metric} ${hours}`, metric, quantity: 3, hours, cap: false };
      });
    const [before, after] = [newState(), newState()];
    const all = record(before, batchOf(before, [...sent("soft"), ...sent("hard")]), new Map());
    const known = new Map();
    const alone = [...sent("soft"), ...sent("hard")].map((event) =>
      record(after, batchOf(after, [event]), known),
    );
    expect(all.alerts).toEqual(alone.flatMap((result) => result.alerts));
    expect(all.alerts.length).toBeGreaterThan(0);
    expect(all.statuses).toEqual(alone.flatMap((result) => result.statuses));
    expect(all.statuses).toContain(STATUS.refused);
  });

  it("counts an event at a window's end in the window that begins", () => {
    const state = newState();
    const at = (hours: number) => ({
      id: `${hours}`,
      metric: "free" as const,
      quantity: 1,
      hours,
      cap: false,
    });
    record(state, batchOf(state, [at(6), at(5), at(4)]), new Map());
    const events = [...state.cells.values()].map((cell) => [cell.windowId, cell.events]);
    expect(Object.fromEntries(events)).toEqual({ w1: 1, w2: 2 });
  });

  it("fires nothing of a limit when another one changes", () => {
    const state = newState();
    const peak = { id: "a", metric: "peak" as const, quantity: 4, hours: 1, cap: false };
    record(state, batchOf(state, [peak]), new Map());
    const [previous, alerts] = [state.terms.limits, state.alerts.length];
    expect(alerts).toBe(1); // 80 %
    state.fired.clear(); // as if the level had risen by itself, as a void does to a minimum
    const limits = previous.map((limit) =>
      limit.metric === "soft" ? { ...limit, epoch: 2 } : limit,
    );
    state.setTerms({ ...TERMS, epoch: 2, limits });
    expect(alertsOfChange(state, previous, NOW).alerts).toEqual([]);
    const raised = limits.map((limit) =>
      limit.metric === "peak" ? { ...limit, epoch: 3 } : limit,
    );
    state.setTerms({ ...TERMS, epoch: 3, limits: raised });
    expect(alertsOfChange(state, limits, NOW).alerts).toMatchObject([{ metric: "peak" }]);
  });

  it("has keys that follow from its lines, so that identities can be rebuilt", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
        const batch = batchOf(newState(), events);
        expect(keysOf(tuplesOf(batch.body))).toEqual(batch.keys);
      }),
    );
  });
});

const visit = (id: number, visitor: string, hours = 0) =>
  ({ metric_name: "who", quantity: 1, id: `${id}`, hours, metadata: { u: visitor } }) as const;

function batchOfVisits(state: MeterState, visits: readonly ReturnType<typeof visit>[]): Batch {
  const builder = new BatchBuilder(NOW, visits.length, state.prepared());
  for (const { hours, ...given } of visits) {
    const item = itemOf({ ...given, timestamp: new Date(NOW - hours * HOUR).toISOString() });
    if (!item) throw new Error("not an item");
    builder.add({ item, id: given.id, userId: null });
  }
  return builder.build();
}

/** Fills cells of a metric with distinct values, as many as are asked for. */
function fill(state: MeterState, windowId: string, metric: string, values: number): void {
  const made = Array.from({ length: values }, (_, i) => [`${metric} ${i}`, 1] as const);
  const cell = { ...emptyCell(windowId, 0, metric), events: values, values: new Map(made) };
  state.addCell(cell);
}

describe("a counter of distinct values", () => {
  const unlimited = () => {
    const state = newState();
    state.setTerms({ ...TERMS, epoch: 2, limits: [] });
    return state;
  };

  it("that is full takes the values that it holds, and refuses one more", () => {
    const state = unlimited();
    fill(state, "w2", "who", MAX_COUNTER_VALUES - 1);
    const visits = [
      visit(1, "who 7"),
      visit(2, "new"),
      visit(3, "another"),
      visit(4, "new"),
      visit(5, "who 8"),
      visit(6, "elsewhere", 8),
    ];
    const { statuses } = record(state, batchOfVisits(state, visits), new Map());
    const full = STATUS.tooManyValues;
    expect(statuses).toEqual([0, 0, full, 0, 0, 0]);
    const [w1 = 0n, w2] = ["w1", "w2"].map((id) => levelOf("unique", state.cellsOf(id, "who")));
    expect([w1, w2]).toEqual([1_000_000n, BigInt(MAX_COUNTER_VALUES) * 1_000_000n]);
  });

  it("has no room where a meter's counters are full together, and room once they are over", () => {
    const state = unlimited();
    for (const i of [0, 1]) fill(state, `old${i}`, `m${i}`, MAX_COUNTER_VALUES);
    expect(state.heldValues).toBe(MAX_METER_VALUES);
    const visits = [visit(1, "a"), visit(2, "b")];
    const full = STATUS.tooManyValues;
    const refused = record(state, batchOfVisits(state, visits), new Map());
    expect(refused.statuses).toEqual([full, full]);
    state.forget(["old0"]);
    const taken = record(state, batchOfVisits(state, visits), new Map());
    expect(taken.statuses).toEqual([0, 0]);
    expect(state.heldValues).toBe(MAX_METER_VALUES - MAX_COUNTER_VALUES + 2);
  });

  it("knows how many values it holds, whatever is added, voided and replaced", () => {
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), (batches) => {
        const state = unlimited();
        let id = 0;
        for (const batch of batches) {
          const visits = batch.map((value) => visit(id++, `v${value}`, value));
          const before = state.heldValues;
          record(state, batchOfVisits(state, visits), new Map());
          const held = [...state.cells.values()].reduce(
            (sum, cell) => sum + (cell.values?.size ?? 0),
            0,
          );
          expect(state.heldValues).toBe(held);
          expect(held).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });
});

describe("a meter with as many cells as it can hold", () => {
  it("takes the metrics that it has, and refuses another one", () => {
    const state = newState();
    for (let i = 0; i < MAX_METER_CELLS - 1; i++) state.addCell(emptyCell("w2", 0, `m${i}`));
    const eventOf = (id: string, metric: string) => ({
      id,
      metric: metric as Made["metric"],
      quantity: 1,
      hours: 0,
      cap: false,
    });
    const events = [
      eventOf("a", "m5"),
      eventOf("b", "free"),
      eventOf("c", "m"),
      eventOf("d", "m6"),
    ];
    const { statuses } = record(state, batchOf(state, events), new Map());
    expect(statuses).toEqual([0, 0, STATUS.tooManyMetrics, 0]);
    expect(state.cells.size).toBe(MAX_METER_CELLS);
  });
});

describe("the work of a batch of many names", () => {
  /** Looks at cells and sums while a batch of so many names is decided, for each of its names. */
  function lookUps(names: number): number {
    const state = newState();
    const of = (from: number) =>
      Array.from({ length: names }, (_, i) => ({
        id: `${from + i}`,
        metric: `m${i}` as Made["metric"],
        quantity: 1,
        hours: 0,
        cap: false,
      }));
    state.names.declare(Array.from({ length: names }, (_, i) => `m${i}`));
    record(state, batchOf(state, of(0)), new Map());
    let asked = 0;
    const counted = new (class extends Map<string, Cell> {
      override get(key: string) {
        asked++;
        return super.get(key);
      }
      override *values() {
        for (const cell of super.values()) {
          asked++;
          yield cell;
        }
        return undefined;
      }
    })(state.cells);
    state.cells = counted;
    const batch = batchOf(state, of(names));
    const sums = new Proxy(batch.sums ?? [], {
      get(list, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) asked++;
        return Reflect.get(list, key);
      },
    });
    const { statuses } = record(state, { ...batch, sums }, new Map());
    expect(statuses).toEqual(new Array(names).fill(STATUS.accepted));
    return asked / names;
  }

  it("grows with their number, never with its square", () => {
    const each = [100, 1_000, 5_000].map(lookUps);
    expect(Math.max(...each)).toBeLessThanOrEqual(7);
    expect(Math.max(...each) - Math.min(...each)).toBeLessThan(0.1);
  });
});

describe("a hard limit", () => {
  it("refuses whole what would pass it, takes what still fits, and a part where asked", () => {
    const state = newState();
    const eventOf = (id: string, quantity: number, cap = false) => ({
      id,
      metric: "hard" as const,
      quantity,
      hours: 0,
      cap,
    });
    const events = [
      eventOf("a", 14),
      eventOf("b", 2),
      eventOf("c", 1),
      eventOf("d", 3, true),
      eventOf("e", 0),
    ];
    const result = record(state, batchOf(state, events), new Map());
    expect(result.statuses).toEqual([0, 3, 0, 3, 0]);
    const other = newState();
    const capped = record(
      other,
      batchOf(other, [eventOf("a", 14), eventOf("d", 3, true)]),
      new Map(),
    );
    expect(capped.statuses).toEqual([0, 0]);
    expect(JSON.parse(capped.lines[1] ?? "")).toMatchObject({ 0: "d", 2: 1_000_000, 9: 3_000_000 });
  });
});
