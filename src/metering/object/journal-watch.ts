/**
 * What the installation's watch is told of one meter's journal: how long events waited for the
 * ledger, and that it cannot drain. Nothing is told while all goes well, so the number of meters
 * costs nothing.
 */
import { MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { count, tellCounts, timer } from "../../platform/watch/counts.ts";
import { type WatchCalls, watchOf } from "../../platform/watch/watch.ts";
import type { Journal } from "./journal.ts";

type Shell = { env: Env; waitUntil(work: Promise<unknown>): void };

const timeLag = timer("boxcostpro_drain_lag_seconds", "");

/** The drainer, as far as it is told of. */
type Drained = { tenant: string; backlog: number; halted: string | null };

/** A drain that has not come to an end for so long is told of while it runs. */
const LONG_MS = MINUTE_MS;
/** So often at most is the same meter told of. */
const AGAIN_MS = 10 * SECOND_MS;
const STUCK = "a drain does not come to its end";
/** What the object keeps while the watch holds that it is behind. */
const TOLD = "told_behind";

export class JournalWatch {
  readonly #shell: Shell;
  readonly #journal: Journal;
  /** Since when the first event waits that the ledger lacks; 0 while none does. */
  #sinceMs = 0;
  /** When the watch was last told that this meter is behind; 0 where it does not hold that. */
  #toldMs: number;
  #saidHalted = false;

  constructor(shell: Shell, journal: Journal) {
    count("boxcostpro_object_starts_total");
    this.#shell = shell;
    this.#journal = journal;
    this.#toldMs = journal.readMeta<number>(TOLD) ?? 0;
  }

  /** Notes that something waits; called after each commit. */
  waits(nowMs: number, drainer: Drained): void {
    if (this.#sinceMs === 0) this.#sinceMs = nowMs;
    else if (nowMs - Math.max(this.#sinceMs, this.#toldMs) > LONG_MS) {
      this.#tellBehind(drainer, STUCK, nowMs);
    }
  }

  /** Notes a slice that arrived: what is left, if anything, waits since `leftSinceMs`. */
  settled(events: number, leftSinceMs: number | null): void {
    count('boxcostpro_drains_total{outcome="ok"}');
    count("boxcostpro_drained_events_total", events);
    const nowMs = Date.now();
    if (this.#sinceMs > 0) timeLag(nowMs - this.#sinceMs);
    if (leftSinceMs !== null) this.#sinceMs = leftSinceMs;
    tellCounts(this.#shell.env, nowMs, (work) => this.#shell.waitUntil(work));
  }

  /** Notes a run that got to its end: a meter that was behind is so no more. */
  drained(hasBacklog: boolean, { tenant }: Drained): void {
    if (!hasBacklog) this.#sinceMs = 0;
    if (this.#toldMs === 0) return;
    this.#tell(async (watch) => {
      await watch.noteCaughtUp(tenant);
      this.#toldMs = 0;
      this.#journal.writeMeta(TOLD, 0);
    });
  }

  /** Notes a run that failed, or a meter that records nothing any more. */
  failed(drainer: Drained, reason: string, nowMs: number): void {
    count('boxcostpro_drains_total{outcome="failed"}');
    this.#tellBehind(drainer, reason, nowMs);
  }

  #tellBehind({ tenant, backlog, halted }: Drained, reason: string, nowMs: number): void {
    this.#sinceMs ||= nowMs;
    const isHalted = halted !== null;
    if (nowMs - this.#toldMs < AGAIN_MS && isHalted === this.#saidHalted) return;
    if (this.#toldMs === 0) this.#journal.writeMeta(TOLD, nowMs);
    this.#toldMs = nowMs;
    this.#saidHalted = isHalted;
    const behind = { tenant, sinceMs: this.#sinceMs, events: backlog, halted: isHalted, reason };
    this.#tell((watch) => watch.noteBehind(behind, nowMs));
    tellCounts(this.#shell.env, nowMs, (work) => this.#shell.waitUntil(work));
  }

  /** Nothing depends on what is told: where it fails, it is told again with the next occasion. */
  #tell(what: (watch: WatchCalls) => Promise<void>): void {
    const watch = watchOf(this.#shell.env);
    if (watch !== null) this.#shell.waitUntil(what(watch).catch(() => undefined));
  }
}
