/**
 * Puts the journal into the ledger, slice by slice, one at a time, and what follows from it into
 * the control database behind that. Retries with back-off through the object's alarm, and notices a
 * ledger that is ahead (a crash before we noted it), behind (it was restored to an earlier time:
 * the kept logs refill it), or elsewhere (the tenant was moved).
 */
import { DAY_MS, SECOND_MS } from "../../core/time.ts";
import { relay } from "../../platform/queue/outbox.ts";
import { count } from "../../platform/watch/counts.ts";
import type { Cell } from "../aggregation/cell.ts";
import { isStandard } from "../catalogue/catalogue.ts";
import { alertKey } from "../counter/limit.ts";
import type { Alert } from "../counter/terms.ts";
import {
  type Announced,
  announceStatements,
  type Following,
  followingOf,
  isQuiet,
} from "../ledger/announce.ts";
import { scheduleCompaction } from "../ledger/compact.ts";
import { alertBatch, type Slice, sliceStatements } from "../ledger/drain.ts";
import { mergeAfter } from "../ledger/merge.ts";
import { piecesOf } from "../ledger/segment.ts";
import { type Block, SeriesPacker } from "../ledger/series.ts";
import { seriesStatements } from "../ledger/series-batch.ts";
import { frozenStatements, readHome, readWatermarks } from "../ledger/watermark.ts";
import { HaltedError } from "./halted.ts";
import type { Journal, LogRow } from "./journal.ts";
import { JournalWatch } from "./journal-watch.ts";
import type { Shell } from "./shell.ts";
import type { MeterState } from "./state.ts";
import { warn } from "./warn.ts";

/** A backlog that starts a drain; a smaller one waits for the alarm. */
const EAGER_EVENTS = 1_000;
const EAGER_CHARS = 256_000;
/** How long a drain lets its slice fill: a full batch costs D1 little more than a small one. */
const GATHER_MS = 100;
/** What one D1 batch takes at most. */
const SLICE_EVENTS = 5_000;
const SLICE_CHARS = 1_400_000;
/** Events that are read in one turn: less than a millisecond. */
const TURN_EVENTS = 1_000;
const BACK_OFF_MAX_MS = 300 * SECOND_MS;

type Summed = { fromSeq: number; high: number; sums: readonly Cell[] };
/** Sums, and cells of them, that are kept at most: a longer backlog is read as text. */
const SUMMED_PARTS = 1_000;
const SUMMED_CELLS = 20_000;
/** Names that are remembered as registered at most: others are registered again, to no effect. */
const REGISTERED_NAMES = 20_000;
/** Slices that share a snapshot, unless the alarm comes first. */
const SNAPSHOT_SLICES = 8;
/** When the alarm looks after what a run leaves: a small backlog, or no snapshot. */
const REST_DELAY_MS = 10 * SECOND_MS;
/** How long a drain waits for the end of a move, and how often it looks. */
const MOVING_MS = 10 * SECOND_MS;
const MOVING_LOOK_MS = 100;
const NOTHING: Following = { metrics: [], voids: [], alerts: [] };

export class Drainer {
  readonly #shell: Shell;
  readonly #journal: Journal;
  readonly #state: MeterState;
  /** Sums of what is not yet in the ledger, in the order of the journal; some parts have none. */
  #summed: Summed[] = [];
  #summedCells = 0;
  readonly #registered = new Set<string>();
  tenant = "";
  flushedSeq = 0;
  /** How far the ledger has the series, written a sealed generation at a time. */
  seriesSeq = 0;
  pendingAlerts: Alert[] = [];
  /** Why nothing may be recorded: the ledger and this object cannot be reconciled. */
  halted: string | null = null;
  #backlogChars = 0;
  /** When it was last compared with the control database what that was given. */
  #comparedMs = 0;
  #failures = 0;
  /** Slices since the last snapshot. */
  #unsaved = 0;
  readonly #watch: JournalWatch;
  #running: Promise<void> | null = null;
  /** Those who wait for the next slice to arrive, not for the series that may follow it. */
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #readers = 0;
  /** Ends the wait for a fuller slice that is under way. */
  #gathered = () => {};

  constructor(shell: Shell, journal: Journal, state: MeterState) {
    this.#shell = shell;
    this.#journal = journal;
    this.#state = state;
    this.#watch = new JournalWatch(shell, journal);
  }

  /** What the ledger has whole: segments and series. */
  get settledSeq(): number {
    return Math.min(this.flushedSeq, this.seriesSeq);
  }

  /** Events that the ledger does not have yet. */
  get backlog(): number {
    return this.#state.seq - this.flushedSeq;
  }

  /** True where the ledger lacks events or alerts. */
  get #hasBacklog(): boolean {
    return this.backlog > 0 || this.pendingAlerts.length > 0;
  }

  /** True where somebody waits for the ledger: a drain then goes before the series. */
  get #readerWaits(): boolean {
    return this.#readers > 0 && this.#hasBacklog;
  }

  /** Keeps what a part of the journal adds up to, so that its drain need not parse it. */
  noteSums(part: Summed): void {
    // Cells with values are never used: their drain has to parse the lines.
    if (part.sums.length > SUMMED_CELLS || part.sums.some(({ values }) => values !== null)) return;
    const full = this.#summedCells + part.sums.length > SUMMED_CELLS;
    if (full || this.#summed.length >= SUMMED_PARTS) this.#forgetSums();
    this.#summed.push(part);
    this.#summedCells += part.sums.length;
  }

  #forgetSums(): void {
    this.#summed = [];
    this.#summedCells = 0;
  }

  /** The sums of the lines `fromSeq + 1 .. high`, or null where some of them have none. */
  #sumsOf(fromSeq: number, high: number): Cell[] | null {
    const sums: Cell[] = [];
    let at = fromSeq;
    for (const part of this.#summed) {
      if (part.high <= fromSeq) continue;
      if (part.fromSeq !== at || part.high > high) break;
      sums.push(...part.sums);
      at = part.high;
    }
    return at === high ? sums : null;
  }

  /** Notes what a commit added: characters of journal lines, and alerts. */
  add(chars: number, alerts: readonly Alert[]): void {
    this.#backlogChars += chars;
    this.pendingAlerts.push(...alerts);
  }

  /** True where a drain is worth starting. */
  get #isDue(): boolean {
    const { backlog, pendingAlerts } = this;
    if (pendingAlerts.length > 0 || backlog >= EAGER_EVENTS) return true;
    return backlog > 0 && (this.#backlogChars >= EAGER_CHARS || this.#readers > 0);
  }

  /** True where a drain does not wait for a fuller slice. */
  get #isUrgent(): boolean {
    if (this.#readers > 0 || this.pendingAlerts.length > 0) return true;
    return this.backlog >= SLICE_EVENTS || this.#backlogChars >= SLICE_CHARS;
  }

  /** After a commit: drains now what is worth it, or has the alarm do it within `delayMs`. */
  wake(nowMs: number, delayMs: number): void {
    if (!this.#hasBacklog) return;
    this.#watch.waits(nowMs, this);
    if (!this.#isDue || this.#failures > 0) {
      this.#shell.wakeAt(nowMs + delayMs);
      return;
    }
    if (this.#isUrgent) this.#gathered();
    // Under load one run goes on and on: a promise more for each commit would only pile up.
    if (this.#running) return;
    // A failure is noted by #run, which has set the alarm for the next try.
    this.#shell.waitUntil(this.#start().catch(() => undefined));
  }

  /** Lets the slice fill for a moment. */
  async #gather(): Promise<void> {
    if (this.#isUrgent) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#gathered = resolve;
      timer = setTimeout(resolve, GATHER_MS);
    });
    clearTimeout(timer);
  }

  /** Resolves when the ledger has everything up to `seq`. Errors: whatever D1 throws. */
  async drainTo(seq: number): Promise<void> {
    this.#readers++;
    this.#gathered();
    try {
      while (this.flushedSeq < seq || this.pendingAlerts.length > 0) {
        if (this.halted !== null) throw new HaltedError(this.halted);
        await this.#nextSlice();
      }
    } finally {
      this.#readers--;
    }
  }

  /** Resolves when a slice has arrived or a run has ended. Errors: those of the run. */
  #nextSlice(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#running) this.#start().catch(() => undefined);
    });
  }

  #start(): Promise<void> {
    this.#running ??= this.#setRunning(this.#run());
    return this.#running;
  }

  /** Notes `work` as what runs now, and wakes those who wait when it ends. */
  #setRunning(work: Promise<void>): Promise<void> {
    return work.then(
      () => {
        this.#running = null;
        for (const { resolve } of this.#waiting.splice(0)) resolve();
      },
      (error: unknown) => {
        this.#running = null;
        for (const { reject } of this.#waiting.splice(0)) reject(error);
        throw error;
      },
    );
  }

  halt(why: string): Promise<void> {
    this.halted = why; // for good; resolves when the batch that is under way has ended
    return this.#runExclusively(async () => this.#watch.drained(false, this));
  }

  /** Runs `work` while no drain runs. */
  async #runExclusively(work: () => Promise<void>): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
    this.#running = this.#setRunning(work());
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.halted) {
        if (this.#isDue) await this.#drainSlice();
        if (!this.#readerWaits) await this.#writeSeries();
        if (!this.#isDue) break;
      }
      this.#failures = 0;
      if (this.halted === null) this.#watch.drained(this.#hasBacklog, this);
      if (this.backlog > 0) this.#shell.wakeAt(Date.now() + REST_DELAY_MS);
    } catch (error) {
      const delayMs = Math.min(BACK_OFF_MAX_MS, 2 ** this.#failures++ * SECOND_MS);
      this.#shell.wakeAt(Date.now() + delayMs);
      this.#watch.failed(this, String(error), Date.now());
      warn("drain failed", { tenant: this.tenant, delayMs, error });
      throw error;
    }
  }

  async #drainSlice(): Promise<void> {
    await this.#gather();
    const [seq, readMs] = [this.#state.seq, Date.now()];
    const { g, rows } = this.#journal.rowsAfter(this.flushedSeq, SLICE_EVENTS, SLICE_CHARS);
    const high = rows.at(-1)?.high ?? this.flushedSeq;
    const alerts = this.pendingAlerts.filter((alert) => (alert.eventSeq ?? 0) <= high);
    if (rows.length === 0 && alerts.length === 0) return this.#handleEmptySlice();
    const { home } = this.#shell;
    const { statements, following } =
      rows.length === 0
        ? {
            statements: alertBatch(home.db, { tenant: this.tenant, upTo: high, alerts }),
            following: { metrics: [], voids: [], alerts },
          }
        : await sliceStatements(home.storeOf(this.tenant), this.#slice(g, high, rows), alerts);
    const results = await this.#shell.commitToLedger(statements);
    if (results.at(-1)?.meta.changes !== 1) return this.#reconcile();
    this.#backlogChars -= rows.reduce((sum, { body }) => sum + body.length, 0);
    const [fromSeq, events] = [this.flushedSeq, high - this.flushedSeq];
    if (!isQuiet(following)) await this.#announce(following, high);
    this.#settle(high, alerts, !isQuiet(following));
    await mergeAfter(this.#shell.env.DB, this.tenant, { fromSeq, high });
    // Of a slice that took all, the rest came after it was read.
    this.#watch.settled(events, this.backlog === 0 ? 0 : high === seq ? readMs : null);
  }

  /**
   * Writes what follows from lines up to `high`, which the ledger has: again where a crash, or an
   * error, came before this.
   */
  async #announce(following: Following, high: number): Promise<void> {
    const { batches } = this.#shell.home.announced;
    const held = await this.#announceAfter(batches, following, high);
    if (held.batches < batches) await this.#announceAgain(held.upTo);
    if (following.alerts.length === 0) return;
    const { DB, NEWS } = this.#shell.env;
    await relay(DB, NEWS, Date.now()).catch((error: unknown) => {
      warn("relay failed; the sweep will send it", { error });
    });
  }

  /** One batch, which counts where the control database had `after` before; what it had. */
  async #announceAfter(after: number, following: Following, high: number): Promise<Announced> {
    const { env, home } = this.#shell;
    const { batches, upTo } = home.announced;
    const next = { batches: batches + 1, upTo: Math.max(upTo, high) };
    const nowMs = this.#state.lastNowMs;
    const [before] = await env.DB.batch(
      announceStatements(env.DB, this.tenant, following, { nowMs, after, next }),
    );
    const [held = { batches: 0, upTo: 0 }] = (before?.results ?? []) as Announced[];
    if (held.batches >= after) {
      home.noteAnnounced({ ...next, batches: Math.max(next.batches, held.batches) });
    }
    this.noteRegistered(following.metrics);
    return held;
  }

  /** Compares what the control database has with what it was given, and goes on from there. */
  async compareAnnounced({ batches, upTo }: Announced): Promise<void> {
    this.#comparedMs = Date.now();
    if (batches >= this.#shell.home.announced.batches) return;
    await this.#runExclusively(() => this.#announceAgain(upTo));
  }

  /** Once a day: the control database may have been set back under a meter that stays in memory. */
  async compareControl(): Promise<void> {
    if (Date.now() - this.#comparedMs < DAY_MS) return;
    await this.compareAnnounced((await readHome(this.#shell.env.DB, this.tenant)).announced);
  }

  /** The control database was set back to where it knows `upTo`: all later is announced again. */
  async #announceAgain(upTo: number): Promise<void> {
    const { tenant } = this;
    const { home } = this.#shell;
    warn("the control database was set back; announcing again", { tenant, from: upTo + 1 });
    this.#registered.clear();
    const isLater = ({ eventSeq }: Alert) => eventSeq === null || eventSeq > upTo;
    const alerts = this.#journal
      .readFired()
      .flatMap(({ alert, pending }) => (alert && !pending && isLater(alert) ? [alert] : []));
    const { batches } = home.announced;
    await this.#announceAfter(batches, { metrics: [], voids: [], alerts }, upTo);
    await this.#announceLines(upTo, this.flushedSeq, (following, high) =>
      this.#announceAfter(batches, following, high),
    );
    await this.#announceAfter(0, NOTHING, this.flushedSeq);
    this.#shell.transact(() => home.keepAnnounced());
    if (alerts.length > 0) await relay(this.#shell.env.DB, this.#shell.env.NEWS, Date.now());
  }

  /** Announces what follows from the lines that the ledger has in a range of sequences. */
  async #announceLines(
    after: number,
    upTo: number,
    announce: (following: Following, high: number) => Promise<unknown>,
  ): Promise<boolean> {
    let hasAnnounced = false;
    for (let at = after; at < upTo; ) {
      const { rows } = this.#journal.rowsAfter(at, SLICE_EVENTS, SLICE_CHARS);
      const held = rows.filter(({ high }) => high <= upTo);
      const bodies = held.map(({ body }) => body);
      const following = { ...followingOf(bodies, this.#isKnown), alerts: [] };
      at = held.at(-1)?.high ?? upTo;
      if (isQuiet(following)) continue;
      await announce(following, at);
      hasAnnounced = true;
    }
    return hasAnnounced;
  }

  /** The ledger went on to `upTo`, and whether what follows was announced is unknown. */
  async #announceTo(upTo: number, alerts: readonly Alert[]): Promise<boolean> {
    const announce = (following: Following, high: number) => this.#announce(following, high);
    const hasAnnounced = await this.#announceLines(this.flushedSeq, upTo, announce);
    if (alerts.length > 0) await announce({ ...NOTHING, alerts }, upTo);
    return hasAnnounced || alerts.length > 0;
  }

  readonly #isKnown = (metric: string): boolean =>
    this.#state.counters.has(metric) || this.#registered.has(metric) || isStandard(metric);

  /** Notes names that the catalogue has. */
  noteRegistered(metrics: readonly string[]): void {
    if (this.#registered.size + metrics.length > REGISTERED_NAMES) this.#registered.clear();
    for (const metric of metrics) this.#registered.add(metric);
  }

  /** A backlog without rows: the ledger has them, or memory claims what storage does not hold. */
  async #handleEmptySlice(): Promise<void> {
    await this.#reconcile();
    if (this.backlog === 0 || this.#journal.rowsAfter(this.flushedSeq, 1, 1).rows.length > 0)
      return;
    const why = `no row after ${this.flushedSeq}, though ${this.#state.seq} events are claimed`;
    count("boxcostpro_object_resets_total");
    warn("starting again from storage", { tenant: this.tenant, why });
    this.#shell.restart(why);
    throw new Error(why);
  }

  #slice(generation: number, high: number, rows: readonly LogRow[]): Slice {
    return {
      tenant: this.tenant,
      generation,
      fromSeq: this.flushedSeq,
      high,
      pieces: piecesOf(rows),
      sums: this.#sumsOf(this.flushedSeq, high),
      counters: this.#state.counters,
      isKnown: this.#isKnown,
      realMs: Date.now(),
    };
  }

  /** Notes that the ledger has everything up to `high` and these alerts, and what was announced. */
  #settle(high: number, alerts: readonly Alert[], hasAnnounced = false): void {
    const keys = alerts.map(alertKey);
    this.flushedSeq = high;
    this.#summed = this.#summed.filter((part) => part.high > high);
    this.#summedCells = this.#summed.reduce((sum, { sums }) => sum + sums.length, 0);
    this.#unsaved++;
    // A snapshot that is older than the ledger costs a start some reading, and nothing else.
    if (hasAnnounced || keys.length > 0 || this.#unsaved >= SNAPSHOT_SLICES) {
      this.#shell.transact(() => {
        this.#journal.settleFired(keys);
        if (hasAnnounced) this.#shell.home.keepAnnounced();
        this.snapshot();
      });
    } else if (this.backlog === 0) this.#shell.wakeAt(Date.now() + REST_DELAY_MS);
    const settled = new Set(alerts);
    this.pendingAlerts = this.pendingAlerts.filter((alert) => !settled.has(alert));
    if (this.backlog === 0 || this.#backlogChars < 0) this.#backlogChars = 0;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Writes the series of each sealed generation that the ledger has whole by now. */
  writeSeries(): Promise<void> {
    return this.#runExclusively(() => this.#writeSeries());
  }

  async #writeSeries(): Promise<void> {
    for (const { fromSeq, toSeq } of this.#journal.generations) {
      if (toSeq === 0 || toSeq <= this.seriesSeq) continue;
      if (toSeq > this.flushedSeq || this.seriesSeq !== fromSeq - 1) return;
      const blocks = await this.#blocksOf(fromSeq, toSeq);
      if (!blocks) return;
      const generation = { tenant: this.tenant, fromSeq: this.seriesSeq, high: toSeq };
      const { env, home, commitToLedger } = this.#shell;
      const results = await commitToLedger(seriesStatements(home.db, generation, blocks));
      // A batch that changed nothing was written before: a crash came before we noted it.
      if (results.at(-1)?.meta.changes !== 1) return this.#reconcile();
      this.seriesSeq = toSeq;
      await scheduleCompaction(env.DB, this.tenant, Date.now()).run();
    }
  }

  /**
   * A generation's series, some lines at a time, so that acknowledgements are not held up; null
   * where somebody came to wait for the ledger.
   */
  async #blocksOf(fromSeq: number, toSeq: number): Promise<Block[] | null> {
    const packer = new SeriesPacker(toSeq - fromSeq + 1, this.#state.counters);
    for (let after = fromSeq - 1; after < toSeq; ) {
      const { rows } = this.#journal.rowsAfter(after, TURN_EVENTS, SLICE_CHARS);
      for (const { high, n, body } of rows) {
        packer.add(high - n + 1, body);
        after = high;
      }
      await scheduler.wait(0);
      if (this.#readerWaits) return null;
    }
    return packer.blocks();
  }

  /** Writes a snapshot where one is due, so that a start replays nothing that the ledger has. */
  save(): void {
    if (this.#unsaved > 0) this.#shell.transact(() => this.snapshot());
  }

  /** Inside a transaction: writes the counters, those of `memory` where it is given. */
  snapshot(memory: Pick<MeterState, "seq" | "lastNowMs" | "cells"> = this.#state): void {
    const { seq, lastNowMs, cells } = memory;
    const { flushedSeq, seriesSeq } = this;
    this.#unsaved = 0;
    const held = cells.values();
    this.#journal.writeSnapshot({ seq, flushedSeq, seriesSeq, lastNowMs, cells: held });
  }

  /** Puts what there is into the ledger, and reads it while no drain changes it. */
  async whileStill<T>(read: () => Promise<T>): Promise<T> {
    await this.drainTo(this.#state.seq);
    let found: T | undefined;
    try {
      await this.#runExclusively(async () => {
        found = await read();
      });
    } finally {
      this.wake(Date.now(), REST_DELAY_MS); // what came meanwhile
    }
    return found as T;
  }

  /**
   * Asks where the ledger is now. A batch that is under way may be of the old one: it fits neither
   * that, nor the new one unless both are the same.
   */
  async lookHome(delayMs: number): Promise<void> {
    const { env, home, transact } = this.#shell;
    const said = await readHome(env.DB, this.tenant);
    transact(() => home.take(said.home));
    this.wake(Date.now(), delayMs);
  }

  /** Puts what a window was frozen with into the ledger, wherever that is by then. */
  async keepFrozen(windowId: string): Promise<void> {
    const rows = this.#journal.readFrozenRows(windowId);
    for (;;) {
      const { db } = this.#shell.home;
      const results = await this.#shell.commitToLedger(
        frozenStatements(db, this.tenant, windowId, rows),
      );
      const [answer] = (results.at(-1)?.results ?? []) as { here: number }[];
      if (answer?.here === 1) return;
      await this.reconcile(); // the tenant is being moved
    }
  }

  /** Compares the ledger's watermark with what was flushed, and goes on from where it is. */
  reconcile(): Promise<void> {
    return this.#runExclusively(() => this.#reconcile());
  }

  async #reconcile(): Promise<void> {
    const { upTo, seriesUpTo } = await this.#marks();
    this.seriesSeq = seriesUpTo;
    if (upTo === this.flushedSeq) return;
    if (upTo > this.#state.seq) {
      this.halted = `the ledger is at ${upTo}, this object only at ${this.#state.seq}`;
    } else if (upTo < this.flushedSeq && !this.#holdsFrom(upTo + 1)) {
      this.halted = `the ledger is back at ${upTo} and the kept logs begin later`;
    }
    if (this.halted !== null) throw this.halting(this.halted);
    if (upTo < this.flushedSeq) this.#refillFrom(upTo);
    else {
      const had = this.pendingAlerts.filter(
        ({ eventSeq }) => eventSeq !== null && eventSeq <= upTo,
      );
      this.#settle(upTo, had, await this.#announceTo(upTo, had));
      if (this.backlog === 0) this.#shell.wakeAt(Date.now() + REST_DELAY_MS);
    }
  }

  /**
   * Where the ledger is. One that is fenced was moved from: the control database knows where to,
   * unless the move is still under way. Errors: where that lasts.
   */
  async #marks(): Promise<{ upTo: number; seriesUpTo: number }> {
    const { home, env } = this.#shell;
    for (const untilMs = Date.now() + MOVING_MS; ; await scheduler.wait(MOVING_LOOK_MS)) {
      const marks = await readWatermarks(home.db, this.tenant);
      if (!marks.isFenced) return marks;
      const said = await readHome(env.DB, this.tenant);
      if (!this.#shell.transact(() => home.take(said.home)) && Date.now() > untilMs) {
        throw new Error(`usage of ${this.tenant} is being moved to another ledger`);
      }
    }
  }

  /** The error that says why nothing may be recorded; whoever watches is told, too. */
  halting(why: string): HaltedError {
    warn("recording is halted", { tenant: this.tenant, why });
    const { tenant, backlog } = this;
    this.#watch.failed({ tenant, backlog, halted: why }, why, Date.now());
    return new HaltedError(why);
  }

  #holdsFrom(seq: number): boolean {
    const first = this.#journal.rowsAfter(seq - 1, 1, 1).rows[0];
    return first !== undefined && first.high - first.n + 1 === seq;
  }

  /** The ledger was restored to an earlier time: what it lost is drained again. */
  #refillFrom(upTo: number): void {
    const { tenant, flushedSeq: to } = this;
    warn("the ledger was set back; refilling", { tenant, from: upTo + 1, to });
    this.flushedSeq = upTo;
    this.#registered.clear();
    this.#shell.transact(() => {
      this.#journal.reviveFired(upTo);
      this.snapshot();
    });
    this.pendingAlerts = this.#journal
      .readFired()
      .flatMap(({ alert, pending }) => (alert && pending ? [alert] : []));
  }
}
