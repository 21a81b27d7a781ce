/**
 * The meter of one tenant: a shell around the decision (decide.ts), the memory (state.ts) and the
 * storage (journal.ts). Calls that arrive together share one transaction; memory changes only after
 * it has committed; the drainer puts the journal into D1 behind the acknowledgements.
 */
import { DurableObject } from "cloudflare:workers";
import { Bucket } from "../../core/bucket.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { nextTurn } from "../../platform/runtime/turn.ts";
import type { Cell } from "../aggregation/cell.ts";
import { reseedsOnVoid } from "../aggregation/registry.ts";
import { counterOf, type Seed } from "../counter/counter.ts";
import type { FrozenPart } from "../counter/frozen.ts";
import { alertKey } from "../counter/limit.ts";
import { tally } from "../counter/tally.ts";
import { type Alert, type Counter, type Terms, windowAt } from "../counter/terms.ts";
import { identityOf, KEY_WORDS, keysOf } from "../event/key.ts";
import { parseLine } from "../event/line.ts";
import { AHEAD_MS, KEPT_MS } from "../event/window.ts";
import { type Batch, type Crossing, crossed, singleOf } from "../meter/batch.ts";
import type {
  CatalogueChange,
  Counts,
  CountsQuery,
  Halted,
  Meter,
  MeterUse,
  Opening,
  SeenStart,
  Throttled,
  UndeclaredUse,
  Voided,
} from "../meter/meter.ts";
import { type Answer, answerOf, type Reply } from "../meter/reply.ts";
import { seedFor, seedMetric } from "../meter/seed.ts";
import { takeOver } from "./catch-up.ts";
import { alertsOfChange, decideBatch, type Identities } from "./decide.ts";
import { Drainer } from "./drainer.ts";
import { haltedAnswer } from "./halted.ts";
import { Home } from "./home.ts";
import { HotTable } from "./identity.ts";
import { Journal, type Part } from "./journal.ts";
import { LiveFeed } from "./live.ts";
import { loadMemory } from "./load.ts";
import { PendingCommit, type Sealed, type Stale, type Waiting } from "./pending-commit.ts";
import { Seen } from "./seen.ts";
import { startOf } from "./start.ts";
import { MeterState, reseeded } from "./state.ts";
import { underBudget } from "./under-budget.ts";
import { warn } from "./warn.ts";

/** Identities of a generation, unless GENERATION_IDS says otherwise. */
const GENERATION_IDS = 32_768;
/** What there is room for at first: many objects share an isolate's memory, most have few ids. */
const FEW_IDS = 256;
/** A batch of so many events has a commit of its own: waiting for others would gain nothing. */
const LONE_EVENTS = 500;
const DRAIN_DELAY_MS = 10 * SECOND_MS;
const LOG_KEEP_MS = 7 * DAY_MS;

export class TenantMeter extends DurableObject<Env> implements Meter {
  readonly #journal: Journal;
  readonly #state: MeterState;
  readonly #home: Home;
  readonly #drainer: Drainer;
  readonly #seen: Seen;
  readonly #live: LiveFeed;
  readonly #generationIds: number;
  readonly #hot: HotTable;
  /** The ids of the group being decided. */
  readonly #ids = new HotTable(1, 1);
  readonly #budget = new Bucket();
  #queue: Waiting[] = [];
  #alarmMs = 0;
  /** True once the ledger was seen to be no further than this object. */
  #verified = false;
  #verifying: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#generationIds = Number(env.GENERATION_IDS) || GENERATION_IDS;
    this.#journal = new Journal(ctx.storage);
    this.#home = new Home(env, this.#journal);
    this.#seen = new Seen(ctx.storage.sql);
    // Any number works that differs from start to start and has room to count up.
    this.#state = new MeterState(crypto.getRandomValues(new Uint32Array(1))[0]);
    this.#live = new LiveFeed(ctx, this.#state);
    this.#drainer = new Drainer(
      {
        env,
        home: this.#home,
        transact: (work) => this.transact(work),
        commitToLedger: (statements) => this.commitToLedger(statements),
        waitUntil: (work) => ctx.waitUntil(work),
        wakeAt: (atMs) => this.#wakeAt(atMs),
        restart: (why) => ctx.abort(why),
      },
      this.#journal,
      this.#state,
    );
    if (this.#journal.generations.length === 0) {
      const first = this.transact(() => this.#journal.beginGeneration(1, Date.now()));
      this.#journal.generations.push(first);
    }
    this.#hot = new HotTable(this.#journal.open.fromSeq, FEW_IDS);
    loadMemory(this.#journal, this.#state, this.#drainer, this.#hot);
    ctx.blockConcurrencyWhile(async () => {
      this.#alarmMs = (await ctx.storage.getAlarm()) ?? 0;
    });
  }

  /** One transaction of the object's storage. */
  protected transact<T>(work: () => T): T {
    return this.ctx.storage.transactionSync(work);
  }

  protected commitToLedger(statements: D1PreparedStatement[]): Promise<D1Result[]> {
    return this.#home.db.batch(statements);
  }

  /** Nothing is recorded any more, and nothing drained; resolves when nothing is under way. */
  protected stop(why: string): Promise<void> {
    return this.#drainer.halt(why);
  }

  /** The first call names the tenant; it is kept, so that alarms know whose journal this is. */
  #claim(tenant: string): void {
    if (this.#drainer.tenant === tenant) return;
    this.#drainer.tenant = tenant;
    this.#journal.writeMeta("tenant", tenant);
  }

  /**
   * Before the first call after a start is answered: an object that was restored to a time before
   * the ledger's must not record, or what it forgot would count twice. It takes over what it lacks.
   */
  protected async ready(tenant: string, seen?: SeenStart): Promise<void> {
    this.#claim(tenant);
    this.#verifying ??= this.#verify(seen).catch((error: unknown) => {
      this.#verifying = null; // the next call asks again
      throw error;
    });
    await this.#verifying;
  }

  async #verify(seen?: SeenStart): Promise<void> {
    const stored = { tenant: this.#drainer.tenant, home: this.#home.at, seq: this.#state.seq };
    const start = await startOf(this.env, stored, seen);
    this.transact(() => this.#home.take(start.home));
    this.#state.names.add(start.names);
    this.#drainer.noteRegistered(start.names);
    await takeOver(start, {
      control: this.env.DB,
      store: this.#home.storeOf(this.#drainer.tenant),
      state: this.#state,
      journal: this.#journal,
      drainer: this.#drainer,
      transact: (work: () => void) => this.transact(work),
      commit: (draft: PendingCommit) => this.#commitDraft(draft, this.#state.lastNowMs),
    });
    this.#verified = true;
  }

  async admit(n: number, eventsPerMinute: number): Promise<number> {
    return this.#budget.take(n, eventsPerMinute, Date.now());
  }

  record(
    tenant: string,
    asked: Crossing,
    nowMs: number,
    eventsPerMinute: number | null = null,
    seen?: SeenStart,
  ): Promise<Answer | Throttled | Halted> {
    if (!this.#verified) {
      const record = () => this.record(tenant, asked, nowMs, eventsPerMinute);
      return this.ready(tenant, seen).then(record, haltedAnswer);
    }
    const { halted } = this.#drainer;
    if (halted !== null) return Promise.resolve({ halted });
    const batch = crossed(asked);
    if (eventsPerMinute === null) return this.#enqueue(batch, nowMs);
    const taken = { n: batch.n, perMinute: eventsPerMinute, nowMs: Date.now() };
    return underBudget(this.#budget, taken, () => this.#enqueue(batch, nowMs));
  }

  #enqueue(batch: Batch, nowMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, nowMs, resolve, reject });
      if (batch.n >= LONE_EVENTS) this.#flush();
      else if (this.#queue.length === 1) void nextTurn().then(() => this.#flush());
    });
  }

  recordSingle(single: string): Promise<Answer | Throttled | Halted> {
    const { tenant, batch, nowMs, eventsPerMinute } = singleOf(single);
    return this.record(tenant, batch, nowMs, eventsPerMinute);
  }

  #flush(): void {
    const group = this.#queue;
    if (group.length === 0) return;
    this.#queue = [];
    try {
      this.#commit(group);
    } catch {
      // Each caller alone: one bad batch must not fail the others.
      for (const waiting of group) {
        try {
          this.#commit([waiting]);
        } catch (error) {
          waiting.reject(error);
        }
      }
    }
    this.#drainer.wake(Date.now(), DRAIN_DELAY_MS);
  }

  readonly #known: Identities = {
    find: (keys, at) => this.#hot.find(keys, at) ?? this.#seen.find(keys, at),
    holdsAny: (keys, n) => this.#hot.holdsAny(keys, n) || this.#seen.holdsAny(keys, n),
  };

  /** Decides a group and commits it; nothing in memory moves if the transaction fails. */
  #commit(group: readonly Waiting[]): void {
    const state = this.#state;
    const events = group.reduce((sum, { batch }) => sum + batch.n, 0);
    this.#ids.clear(state.seq + 1, events);
    const draft = new PendingCommit(state.seq, this.#ids);
    const replies = group.map(({ batch, nowMs }) =>
      decideBatch(state, draft, batch, nowMs, this.#known),
    );
    if (draft.parts.length > 0) {
      const nowMs = group.reduce((latest, w) => Math.max(latest, w.nowMs), state.lastNowMs);
      this.#commitDraft(draft, nowMs);
    }
    group.forEach(({ batch, resolve }, i) => {
      const reply = replies[i] as Reply;
      const firstLine = batch.n === 1 ? this.#firstLine(reply) : null;
      resolve(answerOf({ ...reply, firstLine }));
    });
  }

  #commitDraft(draft: PendingCommit, nowMs: number): void {
    const full = this.#hot.count + draft.events >= this.#generationIds;
    const sealed = this.transact(() => {
      this.#journal.append(this.#journal.open.g, draft.parts, draft.seq);
      for (const alert of draft.alerts) this.#journal.writeFired(alertKey(alert), alert, true);
      for (const { voidedSeq, voidSeq } of draft.voids) {
        this.#journal.writeVoid(voidedSeq, voidSeq);
      }
      return full ? this.#seal(draft.parts, draft.seq, nowMs) : null;
    });
    const fromSeq = this.#state.seq;
    let seq = fromSeq;
    for (const { n, keys, body, sums } of draft.parts) {
      if (sums) this.#drainer.noteSums({ fromSeq: seq, high: seq + n, sums });
      for (let i = 0; i < n; i++) this.#hot.add(keys, i * KEY_WORDS, ++seq);
      this.#drainer.add(body.length, []);
    }
    this.#drainer.add(0, draft.alerts);
    this.#state.take(draft, nowMs);
    if (sealed) this.#takeSeal(sealed);
    if (this.#live.watched) this.#live.committed(draft, fromSeq);
    this.#mergeOn(draft.events);
  }

  /** Upkeep after a commit. If it fails, the commit stands and the next one tries again. */
  #mergeOn(ids: number): void {
    if (!this.#seen.mergeDue(ids)) return;
    try {
      this.transact(() => this.#seen.mergeSlice())();
    } catch (error) {
      warn("merging failed; the next commit tries again", { error });
    }
  }

  /** A single repeated event is answered with the first one's line where the log holds it. */
  #firstLine(reply: Reply): string | null {
    const seq = reply.seqs?.[0] ?? 0;
    return reply.statuses?.[0] && seq > 0 ? this.#journal.readLine(seq) : null;
  }

  /** Inside a transaction: seals the open generation with the parts of this commit, if any. */
  #seal(parts: readonly Part[], toSeq: number, lastNowMs: number): Sealed {
    const more = parts.reduce((sum, part) => sum + part.n, 0);
    const entries = this.#hot.entries(more);
    let seq = toSeq - more;
    for (const { n, keys } of parts) {
      for (let at = 0; at < n * KEY_WORDS; at += KEY_WORDS) {
        entries.push(keys, at, keys[at + 4] ?? 0, ++seq);
      }
    }
    const nowMs = Date.now();
    return {
      set: this.#seen.seal(entries, lastNowMs),
      closed: this.#journal.closeGeneration(toSeq, nowMs),
      open: this.#journal.beginGeneration(toSeq + 1, nowMs),
    };
  }

  #takeSeal({ set, closed, open }: Sealed): void {
    this.#seen.take(set);
    this.#journal.generations.splice(-1, 1, closed, open);
    // As large as this generation was: one that is sealed by its age had few.
    this.#hot.clear(open.fromSeq, Math.min(this.#hot.count, this.#generationIds));
  }

  async claimMetric(tenant: string, metric: string, most: number): Promise<boolean> {
    await this.ready(tenant);
    const { names } = this.#state;
    if (!names.has(metric) && names.own >= most) return false;
    names.add([metric]);
    return true;
  }

  async undeclared(tenant: string, after: string | null, most: number): Promise<UndeclaredUse[]> {
    await this.ready(tenant);
    return this.#state.undeclaredPage(after, most);
  }

  async use(tenant: string): Promise<MeterUse> {
    await this.ready(tenant);
    return { metricNames: this.#state.names.own, liveSockets: this.#live.open };
  }

  async applyTerms(tenant: string, terms: Terms, nowMs: number, recount = false): Promise<Alert[]> {
    await this.ready(tenant);
    const state = this.#state;
    if (terms.epoch <= state.terms.epoch) return [];
    const seed = recount ? await this.#readSeed(terms) : undefined;
    if (terms.epoch <= state.terms.epoch) return []; // newer ones came meanwhile
    const previous = state.terms.limits;
    const cells = this.#cellsUnder(terms, nowMs, seed);
    // Nothing below awaits: the change is one step for every other call.
    const before = { terms: state.terms, cells: state.cells };
    state.setTerms(terms);
    state.cells = cells;
    const { alerts, silent } = alertsOfChange(state, previous, nowMs);
    try {
      this.transact(() => {
        this.#journal.writeMeta("terms", terms);
        for (const alert of alerts) this.#journal.writeFired(alertKey(alert), alert, true);
        for (const key of silent) this.#journal.writeFired(key, null, false);
        this.#drainer.snapshot();
      });
    } catch (error) {
      state.setTerms(before.terms);
      state.cells = before.cells;
      throw error;
    }
    for (const key of silent) state.fired.add(key);
    for (const alert of alerts) state.addAlert(alert);
    this.#drainer.add(0, alerts);
    if (this.#live.watched) this.#live.changed(nowMs, alerts);
    this.#drainer.wake(Date.now(), DRAIN_DELAY_MS);
    return alerts;
  }

  /** The counters under new terms: those of seeded windows anew, those of others as they are. */
  #cellsUnder(terms: Terms, nowMs: number, seed?: Seed): Map<string, Cell> {
    const known = new Map(this.#state.terms.windows.map((w) => [w.id, JSON.stringify(w)]));
    for (const window of terms.windows) {
      const seeded = seed?.windowIds.includes(window.id);
      const same = known.get(window.id) === JSON.stringify(window);
      const begun = window.startMs <= nowMs + AHEAD_MS && this.#state.seq > 0;
      if (begun && !seeded && !same) throw new Error(`window ${window.id} has begun: seed it`);
    }
    if (!seed) return this.#state.cells;
    return this.#reseed(seed, terms, this.#state.counters);
  }

  /** What the ledger counts in the windows of terms; it does not change while it is read. */
  #readSeed({ windows }: Terms): Promise<Seed> {
    const [{ counters }, { tenant }] = [this.#state, this.#drainer];
    return this.#drainer.whileStill(() =>
      seedFor(this.#home.storeOf(tenant), { tenant, windows, counters }),
    );
  }

  #reseed(seed: Seed, terms: Terms, counters: ReadonlyMap<string, Counter>): Map<string, Cell> {
    return reseeded(this.#state, seed, this.#journal.allAfter(seed.upToSeq), terms, counters);
  }

  async applyMetrics(
    tenant: string,
    version: number,
    counters: Counter[],
    strict = false,
  ): Promise<void> {
    await this.ready(tenant);
    if (version <= this.#state.metricsVersion) return;
    this.transact(() => {
      this.#journal.writeCounters(version, counters);
      this.#journal.writeMeta("strict", strict);
      this.#drainer.snapshot();
    });
    this.#state.setCounters(version, counters);
    this.#state.strict = strict;
    if (this.#live.watched) this.#live.changed(0);
  }

  async applyChanges(tenant: string, changes: readonly CatalogueChange[]): Promise<boolean> {
    await this.ready(tenant);
    const state = this.#state;
    for (const { version, counter } of changes) {
      if (version <= state.metricsVersion) continue;
      if (version > state.metricsVersion + 1) return false;
      this.transact(() => {
        this.#journal.addCounter(version, counter);
        // What was counted of it stays as it was counted: the snapshot keeps it.
        if (state.isCounted(counter.metric)) this.#drainer.snapshot();
      });
      state.setCounter(version, counter);
    }
    if (this.#live.watched) this.#live.changed(0);
    return true;
  }

  async counts(tenant: string, asked: CountsQuery = {}): Promise<Counts> {
    await this.ready(tenant);
    const { terms, alerts } = this.#state;
    const { windowIds, after } = asked;
    const { counts, next } = this.#state.countsPage(asked);
    const shown = windowIds ? alerts.filter((alert) => windowIds.includes(alert.windowId)) : alerts;
    return { epoch: terms.epoch, counts, next, alerts: after === undefined ? shown : [] };
  }

  async freeze(tenant: string, windowId: string, part = 0): Promise<FrozenPart> {
    await this.ready(tenant);
    if (this.#journal.readFrozen(windowId) === null) {
      const fresh = { upToSeq: this.#state.seq, counts: this.#state.counts([windowId]) };
      this.transact(() => this.#journal.writeFrozen(windowId, fresh));
      this.#state.frozen.add(windowId);
    }
    const frozen = this.#journal.readFrozen(windowId, part);
    if (frozen === null) throw new Error(`${windowId} is not frozen`);
    // Whoever asks for a further part had the first one, and with it what follows here.
    if (part > 0) return frozen;
    await this.#drainer.drainTo(frozen.upToSeq);
    await this.#drainer.keepFrozen(windowId);
    return frozen;
  }

  async drain(tenant: string): ReturnType<Meter["drain"]> {
    await this.ready(tenant);
    await this.#drainer.drainTo(this.#state.seq);
    return { upToSeq: this.#drainer.flushedSeq, ledger: this.#home.at.ledger };
  }

  async moved(tenant: string): Promise<void> {
    await this.ready(tenant);
    await this.#drainer.lookHome(DRAIN_DELAY_MS);
  }

  async find(tenant: string, source: string, id: string): Promise<number | null> {
    await this.ready(tenant);
    return this.#known.find(identityOf(source, id), 0)?.seq ?? null;
  }

  async void(tenant: string, seq: number, line: string, nowMs: number): Promise<Voided> {
    await this.ready(tenant);
    const before = this.#journal.voidedBy(seq);
    if (before !== null) return { voidSeq: before, repeated: true };
    const tuple = parseLine(line);
    const { terms, counters } = this.#state;
    const draft = PendingCommit.of(this.#state.seq, 1);
    const keys = keysOf([tuple]);
    draft.accept({ n: 1, body: line, keys });
    for (const cell of tally([tuple], terms.windows, counters)) draft.addCell(cell);
    const { aggregation } = counterOf(counters, tuple[1]);
    const stale: Stale = { metric: tuple[1], atMs: tuple[3] };
    // Where a void cannot be taken out of what cells keep, the ledger is asked anew.
    const reseeds = reseedsOnVoid(aggregation);
    this.transact(() => {
      this.#journal.append(this.#journal.open.g, draft.parts, draft.seq);
      this.#journal.writeVoid(seq, draft.seq);
      if (reseeds) this.#journal.writeMeta("stale", [...this.#stale(), stale]);
    });
    this.#hot.add(keys, 0, draft.seq);
    this.#drainer.add(line.length, []);
    this.#state.take(draft, Math.max(nowMs, this.#state.lastNowMs));
    if (this.#live.watched) this.#live.committed(draft, draft.seq - 1);
    this.#drainer.wake(Date.now(), DRAIN_DELAY_MS);
    if (reseeds) await this.#reseedStale();
    return { voidSeq: draft.seq, repeated: false };
  }

  #stale(): Stale[] {
    return this.#journal.readMeta<Stale[]>("stale") ?? [];
  }

  /** Counts anew, from the ledger, what a void has made stale. */
  async #reseedStale(): Promise<void> {
    for (const stale of this.#stale()) {
      await this.#drainer.drainTo(this.#state.seq);
      const { terms, counters } = this.#state;
      const window = windowAt(terms.windows, stale.atMs);
      const counter = counterOf(counters, stale.metric);
      const seed = await this.#drainer.whileStill(() =>
        seedMetric(this.#home.storeOf(this.#drainer.tenant), {
          tenant: this.#drainer.tenant,
          window,
          windows: terms.windows,
          counter,
        }),
      );
      const cells = this.#reseed(seed, this.#state.terms, this.#state.counters);
      this.transact(() => {
        this.#journal.writeMeta("stale", this.#stale().slice(1));
        this.#drainer.snapshot({ ...this.#state, cells });
      });
      this.#state.cells = cells;
      if (this.#live.watched) this.#live.changed(0);
    }
  }

  /** Opens a live socket, as `openSocket` asks. */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    await this.ready(searchParams.get("tenant") ?? "");
    return this.#live.connect(JSON.parse(searchParams.get("opening") ?? "") as Opening);
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (typeof message === "string") this.#live.received(socket, message);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#live.closed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#live.closed(socket);
  }

  #wakeAt(atMs: number): void {
    if (this.#alarmMs !== 0 && this.#alarmMs <= atMs) return;
    this.#alarmMs = atMs;
    this.ctx.storage.setAlarm(atMs);
  }

  /** Drains, seals by age, drops what is old, and compares the watermark; never throws. */
  override async alarm(): Promise<void> {
    this.#alarmMs = 0;
    const { tenant } = this.#drainer;
    try {
      if (tenant === "") return;
      await this.ready(tenant);
      await this.#drainAndCompare();
      await this.#reseedStale();
      this.#sealOld(Date.now());
      await this.#drainer.writeSeries();
      this.#drainer.save();
      this.#dropOld(Date.now());
      this.#drainer.wake(Date.now(), DRAIN_DELAY_MS); // what came meanwhile
    } catch (error) {
      warn("the alarm failed; it comes again", { tenant, error });
      this.#wakeAt(Date.now() + MINUTE_MS); // unless the drainer has asked for an earlier one
    }
  }

  /** A drain that moved the watermark has compared it; else it is read, once a day at least. */
  async #drainAndCompare(): Promise<void> {
    const before = this.#drainer.flushedSeq;
    await this.#drainer.drainTo(this.#state.seq);
    await this.#drainer.compareControl();
    if (this.#drainer.flushedSeq > before) return;
    await this.#drainer.reconcile();
    await this.#drainer.drainTo(this.#state.seq);
  }

  /** A slow tenant's generation is sealed by its age, so that its series are written too. */
  #sealOld(nowMs: number): void {
    if (this.#hot.count === 0 || nowMs - this.#journal.open.startedMs < DAY_MS) return;
    this.#takeSeal(this.transact(() => this.#seal([], this.#state.seq, this.#state.lastNowMs)));
  }

  #dropOld(nowMs: number): void {
    this.#journal.generations = this.transact(() =>
      this.#journal.dropOld(this.#drainer.settledSeq, nowMs - LOG_KEEP_MS),
    );
    const before = this.#state.lastNowMs - KEPT_MS;
    this.transact(() => this.#seen.dropBefore(before))();
    const over = this.#state.windowsBefore(before);
    this.transact(() => this.#journal.dropWindows(over));
    this.#state.forget(over);
    // A ledger that is set back can be refilled while logs are kept: look once a day.
    if (this.#journal.generations.length > 1 || this.#hot.count > 0) this.#wakeAt(nowMs + DAY_MS);
  }
}
