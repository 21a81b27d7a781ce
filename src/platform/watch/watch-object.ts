/**
 * The watch of an installation: one object, which every isolate tells what it counted, and every
 * meter that it is behind. It is no row of the database on purpose: when the database is what
 * fails, it still takes what is said of it.
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../runtime/env.ts";
import type { Beat, Behind, BehindRow, Reading, WatchCalls } from "./watch.ts";

/** Series that are kept: some hundreds, since no label holds what a caller says. */
const MOST_SERIES = 5_000;
/** Meters behind that are kept by name; of more it is known that there are more. */
const MOST_BEHIND = 1_000;
const MOST_REASON = 300;
/** How long counts are added up in memory before they are written. */
const KEEP_MS = 5_000;
/** The sweep sends a beat each minute. */
const BEAT_MS = 60_000;

const COUNTS = "counts";
const SWEPT = "swept";
const MORE = "more";
const BEHIND = "behind:";
const BEATS = "beats";

export class Watch extends DurableObject<Env> implements WatchCalls {
  readonly #counts: Map<string, number>;
  #isKept = true;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#counts = new Map(this.#kv.get<[string, number][]>(COUNTS) ?? []);
  }

  get #kv(): SyncKvStorage {
    return this.ctx.storage.kv;
  }

  async add(counts: Record<string, number>): Promise<void> {
    for (const [series, n] of Object.entries(counts)) {
      const before = this.#counts.get(series);
      if (before === undefined && this.#counts.size >= MOST_SERIES) continue;
      this.#counts.set(series, (before ?? 0) + n);
    }
    if (!this.#isKept) return;
    this.#isKept = false;
    await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);
  }

  override async alarm(): Promise<void> {
    this.#kv.put(COUNTS, [...this.#counts]);
    this.#isKept = true;
  }

  async noteBehind(meter: Behind, nowMs: number): Promise<void> {
    const key = BEHIND + meter.tenant;
    const before = this.#kv.get<BehindRow>(key);
    if (!before && this.#behind().length >= MOST_BEHIND) return this.#kv.put(MORE, true);
    const sinceMs = Math.min(before?.sinceMs ?? meter.sinceMs, meter.sinceMs);
    const reason = meter.reason.slice(0, MOST_REASON);
    this.#kv.put(key, { ...meter, reason, sinceMs, toldMs: nowMs } satisfies BehindRow);
  }

  async noteCaughtUp(tenant: string): Promise<void> {
    this.#kv.delete(BEHIND + tenant);
    if (this.#behind().length < MOST_BEHIND / 2) this.#kv.delete(MORE);
  }

  #behind(): BehindRow[] {
    return [...this.#kv.list<BehindRow>({ prefix: BEHIND })].map(([, row]) => row);
  }

  #beats(): Map<string, Beat> {
    return new Map(this.#kv.get<[string, Beat][]>(BEATS) ?? []);
  }

  async beatsSent(queues: readonly string[], nowMs: number): Promise<void> {
    const before = this.#beats();
    const beats = queues.map((queue): [string, Beat] => {
      return [queue, { sentMs: nowMs, waitingMs: before.get(queue)?.waitingMs ?? nowMs }];
    });
    this.#kv.put(BEATS, beats);
  }

  async beatTaken(queue: string, takenMs: number): Promise<void> {
    const beats = this.#beats();
    const beat = beats.get(queue);
    if (!beat || beat.waitingMs === null || takenMs < beat.waitingMs) return;
    // Of those that were sent meanwhile the next one is waited for.
    const next = takenMs >= beat.sentMs ? null : Math.min(takenMs + BEAT_MS, beat.sentMs);
    this.#kv.put(BEATS, [...beats.set(queue, { ...beat, waitingMs: next })]);
  }

  async swept(nowMs: number): Promise<void> {
    this.#kv.put(SWEPT, nowMs);
  }

  async read(): Promise<Reading> {
    return {
      counts: [...this.#counts],
      behind: this.#behind(),
      more: this.#kv.get<boolean>(MORE) ?? false,
      beats: [...this.#beats()],
      sweptMs: this.#kv.get<number>(SWEPT) ?? null,
    };
  }
}
