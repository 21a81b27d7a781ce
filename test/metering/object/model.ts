/** The meter in its simplest form: a list of events, and everything else counted from it anew. */
import type { Limit, Terms, Window } from "../../../src/metering/counter/terms.ts";

export type Sent = {
  id: string;
  metric: string;
  units: number;
  atMs: number | null;
  value: string | null;
  user: string | null;
};
export type Stored = Sent & { seq: number; timeMs: number };
export type Fate = "accepted" | "duplicate" | "conflict" | "refused";

/** The aggregations that the model knows: counted here in its own words. */
type Modelled = "sum" | "count" | "max" | "min" | "latest" | "unique";

export const AGGREGATION: Record<string, Modelled> = {
  calls: "sum",
  bytes: "sum",
  hits: "count",
  peak: "max",
  low: "min",
  gauge: "latest",
  who: "unique",
};

export class Model {
  nowMs: number;
  seq = 0;
  terms: Terms = { epoch: 0, subscriptionId: null, windows: [], limits: [] };
  readonly ids = new Map<string, string>();
  /** Every accepted event, whether voided since or not. */
  events: Stored[] = [];
  readonly voided = new Set<number>();
  readonly fired = new Set<string>();
  readonly alerts: string[] = [];
  readonly frozen = new Map<string, string>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  windowOf(atMs: number): Window {
    const own = this.terms.windows.find((w) => atMs >= w.startMs && atMs < w.endMs);
    if (own) return own;
    const date = new Date(atMs);
    const [y, m] = [date.getUTCFullYear(), date.getUTCMonth()];
    const id = `cal_${date.toISOString().slice(0, 7)}`;
    return { id, startMs: Date.UTC(y, m, 1), endMs: Date.UTC(y, m + 1, 1), cutsMs: [] };
  }

  live(): Stored[] {
    return this.events.filter(({ seq }) => !this.voided.has(seq));
  }

  /** In whole units: the quantities of the model are small integers. */
  level(events: readonly Stored[], metric: string): number {
    const own = events.filter((event) => event.metric === metric);
    const units = own.map((event) => event.units);
    switch (AGGREGATION[metric] ?? "sum") {
      case "sum":
        return units.reduce((sum, n) => sum + n, 0);
      case "count":
        return own.length;
      case "max":
        return own.length ? Math.max(...units) : 0;
      case "min":
        return own.length ? Math.min(...units) : 0;
      case "latest": {
        const [last] = [...own].sort((a, b) => b.timeMs - a.timeMs || (b.id > a.id ? 1 : -1));
        return last?.units ?? 0;
      }
      case "unique":
        return new Set(own.map((event) => event.value)).size;
    }
  }

  levelIn(windowId: string, metric: string, extra: Stored[] = []): number {
    const inside = [...this.live(), ...extra].filter(
      (e) => this.windowOf(e.timeMs).id === windowId,
    );
    return this.level(inside, metric);
  }

  record(sent: Sent): Fate {
    const payload = JSON.stringify([sent.metric, sent.units, sent.atMs, sent.value, sent.user]);
    const before = this.ids.get(sent.id);
    if (before !== undefined) return before === payload ? "duplicate" : "conflict";
    const event = { ...sent, seq: this.seq + 1, timeMs: sent.atMs ?? this.nowMs };
    const window = this.windowOf(event.timeMs);
    const limit = this.limitOf(window.id, sent.metric);
    if (limit?.hard) {
      const after = this.levelIn(window.id, sent.metric, [event]);
      const over = after > this.levelIn(window.id, sent.metric);
      if (over && after * 1_000_000 > Number(limit.includedMicro)) return "refused";
    }
    this.seq++;
    this.ids.set(sent.id, payload);
    this.events.push(event);
    if (limit && !this.frozen.has(window.id)) this.fire(limit, false);
    return "accepted";
  }

  limitOf(windowId: string, metric: string): Limit | undefined {
    return this.terms.limits.find((l) => l.windowId === windowId && l.metric === metric);
  }

  reached(limit: Limit): number[] {
    const used = this.levelIn(limit.windowId, limit.metric) * 1_000_000;
    const included = Number(limit.includedMicro);
    if (included === 0) return used > 0 ? [100] : [];
    return limit.thresholds.filter((t) => used * 100 >= t * included);
  }

  fire(limit: Limit, silent: boolean): void {
    for (const threshold of this.reached(limit)) {
      const key = `${limit.windowId} ${limit.metric} ${threshold} ${limit.epoch}`;
      if (this.fired.has(key)) continue;
      this.fired.add(key);
      if (!silent) this.alerts.push(key);
    }
  }

  applyTerms(terms: Terms): void {
    const previous = this.terms.limits;
    this.terms = terms;
    for (const limit of terms.limits) {
      if (this.frozen.has(limit.windowId)) continue;
      const old = previous.find((l) => l.windowId === limit.windowId && l.metric === limit.metric);
      if (old?.epoch === limit.epoch) continue; // its own events fire it
      for (const threshold of this.reached(limit)) {
        const key = `${limit.windowId} ${limit.metric} ${threshold} ${limit.epoch}`;
        const oldKey = `${limit.windowId} ${limit.metric} ${threshold} ${old?.epoch}`;
        if (this.fired.has(key)) continue;
        this.fired.add(key);
        if (!(old && this.fired.has(oldKey))) this.alerts.push(key);
      }
    }
  }

  /** Counts of a window at each cut and at its end, as text to compare. */
  counts(windowId: string): string[] {
    const known = this.terms.windows.find(({ id }) => id === windowId);
    const inside = this.live().filter((e) => this.windowOf(e.timeMs).id === windowId);
    const edges = [...(known?.cutsMs ?? []), Number.POSITIVE_INFINITY];
    return Object.keys(AGGREGATION).flatMap((metric) => {
      const seen = edges.map((edge) => inside.filter((event) => event.timeMs < edge));
      return seen.map((events, i) => {
        const count = events.filter((event) => event.metric === metric).length;
        return `${metric} ${i}: ${this.level(events, metric)} of ${count}`;
      });
    });
  }
}
