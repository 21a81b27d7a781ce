import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellToJson } from "../../../src/metering/aggregation/cell.ts";
import type { Counter, Terms } from "../../../src/metering/counter/terms.ts";
import { itemOf } from "../../../src/metering/event/item.ts";
import { keysOf } from "../../../src/metering/event/key.ts";
import { parseLines } from "../../../src/metering/event/line.ts";
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
  const lines = draft.parts.flatMap(({ body }) => body.split("\n"));
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
        expect(keysOf(parseLines(batch.body))).toEqual(batch.keys);
      }),
    );
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
