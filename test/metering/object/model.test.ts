import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Actor } from "../../../src/accounts/actor/actor.ts";
import { declareStatements } from "../../../src/metering/catalogue/catalogue.ts";
import type { Limit, Window } from "../../../src/metering/counter/terms.ts";
import { meterOf } from "../../../src/metering/meter/meter.ts";
import { pushMetrics } from "../../../src/metering/metric/metric.ts";
import { voidEvent } from "../../../src/metering/read/event.ts";
import type { SummaryRow } from "../../../src/metering/read/grouping.ts";
import { summarize, WHOLE_USAGE } from "../../../src/metering/read/summary.ts";
import { checkItems, recordChecked } from "../../../src/metering/record/record.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { makeTenant } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";
import { AGGREGATION, type Fate, Model, type Sent } from "./model.ts";

const worker = env as unknown as Env;
const START = Date.UTC(2026, 1, 20, 10);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Six subscription periods of ten days, from before the first event to after the last. */
const WINDOWS: Window[] = [0, 1, 2, 3, 4, 5].map((n) => ({
  id: `per_${n}`,
  startMs: Date.UTC(2026, 1, 15) + n * 10 * DAY,
  endMs: Date.UTC(2026, 1, 15) + (n + 1) * 10 * DAY,
  cutsMs: [],
}));

const metric = fc.constantFrom(...Object.keys(AGGREGATION));
const event = fc.record({
  id: fc.integer({ min: 0, max: 60 }).map((n) => `e${n}`),
  metric,
  units: fc.integer({ min: 0, max: 9 }),
  hoursBack: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 7, arbitrary: fc.integer({ min: 0, max: 20 * 24 }) },
    { weight: 1, arbitrary: fc.constant("edge" as const) },
  ),
  value: fc.constantFrom("a", "b", "c"),
  user: fc.constantFrom(null, "ann", "bob"),
});
type Made = typeof event extends fc.Arbitrary<infer T> ? T : never;
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("record" as const), event }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      events: fc.array(event, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resend" as const), n: fc.nat(80) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("void" as const), n: fc.nat(80) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "drain" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "evict" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("move" as const),
      hours: fc.integer({ min: 1, max: 90 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("terms" as const),
      cut: fc.boolean(),
      included: fc.integer({ min: 0, max: 40 }),
      metric,
      hard: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "freeze" as const }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly model = new Model(START);
  readonly tenant: string;
  readonly sent: Sent[] = [];
  #epoch = 0;

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  get actor(): Actor {
    return {
      tenantId: this.tenant,
      nowMs: this.model.nowMs,
      realMs: this.model.nowMs,
      keyId: "system",
      userId: null,
      role: "owner",
      mode: "test",
    } as Actor;
  }

  async record(events: readonly Sent[]): Promise<void> {
    const items = events.map((sent) => ({
      value: {
        id: sent.id,
        metric_name: sent.metric,
        quantity: sent.units,
        metadata: { u: sent.value },
        user_id: sent.user,
        ...(sent.atMs === null ? {} : { timestamp: new Date(sent.atMs).toISOString() }),
      },
    }));
    const checked = await checkItems(this.actor, items, () => null);
    const outcomes = await recordChecked(worker, this.actor, checked);
    const fates = outcomes.map((outcome): Fate | string => {
      if (outcome.outcome !== "refused") return outcome.outcome;
      return outcome.code === "usage.conflict" ? "conflict" : "refused";
    });
    expect(fates).toEqual(events.map((sent) => this.model.record(sent)));
    const alerts = outcomes.flatMap((outcome) => ("alerts" in outcome ? outcome.alerts : []));
    const keys = alerts.map((a) => `${a.windowId} ${a.metric} ${a.thresholdPercent} ${a.epoch}`);
    expect(keys).toEqual(this.model.alerts.slice(this.model.alerts.length - keys.length));
    this.sent.push(...events);
  }

  sentOf({ hoursBack, ...made }: Made): Sent {
    const { nowMs } = this.model;
    if (hoursBack === null) return { ...made, atMs: null };
    const edges = WINDOWS.map(({ startMs }) => startMs).filter((edge) => edge <= nowMs);
    const atMs = hoursBack === "edge" ? (edges.at(-1) ?? nowMs) : nowMs - hoursBack * HOUR;
    return { ...made, atMs };
  }

  async run(command: Command): Promise<void> {
    const { model } = this;
    switch (command.kind) {
      case "record":
        return this.record([this.sentOf(command.event)]);
      case "batch":
        return this.record(command.events.map((event) => this.sentOf(event)));
      case "resend": {
        const again = this.sent[command.n % Math.max(1, this.sent.length)];
        // Beyond the window an event is not taken again, whatever its id.
        const late = again?.atMs != null && again.atMs < model.nowMs - 35 * DAY;
        if (again && !late) await this.record([again]);
        return;
      }
      case "void": {
        const event = model.events[command.n % Math.max(1, model.events.length)];
        if (!event) return;
        const { repeated } = await voidEvent(worker, this.actor, "api", `seq_${event.seq}`);
        expect(repeated).toBe(model.voided.has(event.seq));
        if (!repeated) model.seq++;
        model.voided.add(event.seq);
        return;
      }
      case "drain":
        await meterOf(worker, this.tenant).drain(this.tenant);
        return;
      case "evict":
        await meterOf(worker, this.tenant).counts(this.tenant); // it must be running
        await evictDurableObject(worker.METER.get(worker.METER.idFromName(this.tenant)) as never);
        return;
      case "move":
        model.nowMs = Math.min(model.nowMs + command.hours * HOUR, START + 30 * DAY);
        return;
      case "terms":
        return this.changeTerms(command);
      case "freeze":
        return this.freeze();
    }
  }

  async changeTerms(change: { cut: boolean; included: number; metric: string; hard: boolean }) {
    const { model } = this;
    const epoch = ++this.#epoch;
    const open = model.terms.windows.length > 0 ? model.terms.windows : WINDOWS;
    const windows = open.map((window) => {
      const inside = model.nowMs > window.startMs && model.nowMs < window.endMs;
      const cuts = new Set([...window.cutsMs, ...(change.cut && inside ? [model.nowMs] : [])]);
      if (model.frozen.has(window.id)) return window;
      return { ...window, cutsMs: [...cuts].sort((a, b) => a - b) };
    });
    const limits: Limit[] = windows.flatMap((window) => {
      const others = model.terms.limits.filter(
        (l) => l.windowId === window.id && l.metric !== change.metric,
      );
      const limit = {
        windowId: window.id,
        metric: change.metric,
        includedMicro: String(change.included * 1_000_000),
        hard: change.hard,
        thresholds: [80, 90, 100, 110],
        epoch,
      };
      return [...others, limit];
    });
    const terms = { epoch, subscriptionId: "sub_1", windows, limits };
    const fired = await meterOf(worker, this.tenant).applyTerms(
      this.tenant,
      terms,
      model.nowMs,
      true,
    );
    const before = model.alerts.length;
    model.applyTerms(terms);
    const keys = fired.map((a) => `${a.windowId} ${a.metric} ${a.thresholdPercent} ${a.epoch}`);
    expect(keys.sort()).toEqual(model.alerts.slice(before).sort());
  }

  async freeze(): Promise<void> {
    const { model } = this;
    const ended = model.terms.windows.filter((window) => window.endMs <= model.nowMs);
    for (const window of ended) {
      const frozen = await meterOf(worker, this.tenant).freeze(this.tenant, window.id);
      const text = JSON.stringify(frozen);
      const held = model.frozen.get(window.id);
      if (held === undefined) expect(shown(frozen.counts)).toEqual(filled(model.counts(window.id)));
      else expect(text).toBe(held);
      model.frozen.set(window.id, text);
    }
  }

  /** Live counters, the ledger's sums and the alerts in D1 all equal the model. */
  async check(): Promise<void> {
    const { model } = this;
    const meter = meterOf(worker, this.tenant);
    const { counts, alerts } = await meter.counts(this.tenant);
    const windows = new Set(model.events.map((event) => model.windowOf(event.timeMs).id));
    for (const id of windows) {
      const own = counts.filter((count) => count.windowId === id);
      expect([id, ...shown(own)]).toEqual([id, ...filled(model.counts(id))]);
    }
    expect(alerts.length).toBe(model.alerts.length);
    const ragged = {
      startMs: START - 60 * DAY + 12_345,
      endMs: model.nowMs - 7 * HOUR - 777,
    };
    await this.checkSummary(ragged, null, null);
    await this.checkSummary(ragged, "ann", null);
    await this.checkSummary(ragged, null, "user_id");
    // From one event to another, whose quarter-hours hold others before and after.
    const times = model.live().map((event) => event.timeMs);
    const [startMs, endMs] = [times[Math.floor(times.length / 3)] ?? START, times.at(-1) ?? START];
    await this.checkSummary({ startMs, endMs: Math.max(startMs, endMs) + 1 }, null, null);
    const db = await ledgerOf(this.tenant);
    const stored = await db
      .prepare(
        "SELECT (SELECT sum(n) FROM usage_segments WHERE tenant = ?1) AS n, " +
          "(SELECT count(*) FROM usage_alerts WHERE tenant = ?1) AS alerts, " +
          "(SELECT count(*) FROM usage_voids WHERE tenant = ?1) AS voids, " +
          "(SELECT count(*) FROM usage_segments JOIN usage_watermarks w USING (tenant) " +
          "WHERE tenant = ?1 AND low <= w.series_up_to AND high > w.series_up_to) AS across",
      )
      .bind(this.tenant)
      .first();
    expect(stored).toEqual({
      n: model.seq === 0 ? null : model.seq,
      alerts: model.alerts.length,
      voids: model.voided.size,
      across: 0,
    });
  }

  /** A summary with ragged ends, of all, of one user, or by user. */
  async checkSummary(
    range: { startMs: number; endMs: number },
    userId: string | null,
    groupBy: string | null,
  ): Promise<void> {
    const { model } = this;
    const query = {
      ...WHOLE_USAGE,
      ...range,
      users: userId === null ? null : [userId],
      groupBy: groupBy === null ? [] : [groupBy],
    };
    const summary = await summarize(worker, this.tenant, query);
    const inside = model
      .live()
      .filter((e) => e.timeMs >= query.startMs && e.timeMs < query.endMs)
      .filter((e) => userId === null || e.user === userId);
    const rows = (events: typeof inside) =>
      Object.keys(AGGREGATION).flatMap((name) => {
        const own = events.filter((e) => e.metric === name);
        if (own.length === 0) return [];
        const times = own.map((e) => e.timeMs);
        const [first, last] = [Math.min(...times), Math.max(...times)];
        return [`${name} ${model.level(events, name)} of ${own.length} ${first} ${last}`];
      });
    const found = (list: readonly SummaryRow[]) =>
      list.map(
        ({ metric, valueMicro, events, firstMs, lastMs }) =>
          `${metric} ${valueMicro / 1_000_000n} of ${events} ${firstMs} ${lastMs}`,
      );
    expect(found(summary.metrics)).toEqual(rows(inside).sort());
    for (const user of groupBy === null ? [] : [null, "ann", "bob"]) {
      const own = summary.breakdown.filter(({ group }) => group[0] === user);
      expect(found(own).sort()).toEqual(rows(inside.filter((e) => e.user === user)).sort());
    }
  }
}

function shown(
  counts: readonly { metric: string; valueMicro: string; events: number }[],
): string[] {
  const seen = new Map<string, number>();
  const rows = counts.map(({ metric, valueMicro, events }) => {
    const i = seen.get(metric) ?? 0;
    seen.set(metric, i + 1);
    return `${metric} ${i}: ${BigInt(valueMicro) / 1_000_000n} of ${events}`;
  });
  return filled(rows);
}

/** Without the metrics that nothing was counted of. */
function filled(rows: readonly string[]): string[] {
  const used = new Set(
    rows.filter((row) => !row.endsWith(": 0 of 0")).map((row) => row.split(" ")[0]),
  );
  return rows.filter((row) => used.has(row.split(" ")[0])).sort();
}

async function prepare(tenant: string): Promise<void> {
  for (const [name, aggregation] of Object.entries(AGGREGATION)) {
    if (aggregation === "sum") continue;
    const property = aggregation === "unique" ? "u" : null;
    const named = { name, description: "", displayName: "", unit: "" };
    const metric = { ...named, aggregation, property, dimensions: [] };
    await worker.DB.batch(declareStatements(worker.DB, tenant, metric, START));
  }
  await pushMetrics(worker, tenant);
}

/** The long form: `MODEL_RUNS=500 MODEL_STEPS=50 npx vitest run object/model.test.ts`. */
const LENGTH = env as unknown as { MODEL_RUNS: string; MODEL_STEPS: string };
const RUNS = Number(LENGTH.MODEL_RUNS);
const STEPS = Number(LENGTH.MODEL_STEPS);

describe("the meter against its model", () => {
  it(
    "agrees after any sequence of commands",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { minLength: Math.ceil(STEPS / 2), maxLength: STEPS }),
          async (commands) => {
            const { tenantId } = await makeTenant({ clock: "2026-02-20T10:00:00Z" });
            await prepare(tenantId);
            const run = new Run(tenantId);
            for (const command of commands) await run.run(command);
            await run.check();
          },
        ),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    RUNS * 20_000,
  );
});
