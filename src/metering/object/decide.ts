/**
 * The decision about a batch: which events are new, which repeat, which a hard limit refuses, and
 * which alerts they fire. Pure: storage is asked through `Identities`, no state is changed.
 */
import { BUDGETS } from "../../core/budget.ts";
import { MAX_QUANTITY_MICRO } from "../../core/quantity.ts";
import { type AggregationRule, propertyValue } from "../aggregation/aggregation.ts";
import { type Cell, cellKey, emptyCell } from "../aggregation/cell.ts";
import { AGGREGATIONS, addsUp } from "../aggregation/registry.ts";
import { addEvent, counterOf, levelOf, partAt } from "../counter/counter.ts";
import { firingKey, thresholdsReached } from "../counter/limit.ts";
import { MAX_COUNTER_VALUES, MAX_METER_CELLS, MAX_METER_VALUES } from "../counter/room.ts";
import { tally } from "../counter/tally.ts";
import { type Alert, counterKey, type Limit, type Window, windowAt } from "../counter/terms.ts";
import { linesOf, tuplesOf } from "../event/body.ts";
import { KEY_WORDS } from "../event/key.ts";
import { type LineTuple, lineMicro, parseLine } from "../event/line.ts";
import type { Batch } from "../meter/batch.ts";
import type { Reply, Status, Undeclared } from "../meter/reply.ts";
import { EMPTY_REPLY, STATUS } from "../meter/reply.ts";
import type { Known } from "./identity.ts";
import { PendingCommit } from "./pending-commit.ts";
import type { MeterState } from "./state.ts";

/** The identities of all that was recorded before; a key is five words of `keys`. */
export type Identities = {
  /** What is known of the key at `at`. */
  find: (keys: Uint32Array, at: number) => Known | null;
  /** True where any of the first `n` keys is known. */
  holdsAny: (keys: Uint32Array, n: number) => boolean;
};

/** Decides a batch and adds what it accepts to the draft. */
export function decideBatch(
  state: MeterState,
  draft: PendingCommit,
  batch: Batch,
  nowMs: number,
  known: Identities,
): Reply {
  const current = batch.version === state.version;
  const prepared = current ? null : state.prepared();
  // The Worker has looked for the properties that metrics need only if it knew which these are.
  const asked = current || !state.needsProperties;
  if (asked && !known.holdsAny(batch.keys, batch.n) && draft.claim(batch)) {
    const sums =
      current && batch.sums
        ? batch.sums
        : tally(tuplesOf(batch.body), state.terms.windows, state.counters);
    const { allKnown, undeclared } = namesIn(state, sums);
    const names = allKnown ? NO_NAMES : newNames(state, draft, batch, sums);
    const refused = state.strict && undeclared.length > 0;
    if (names && !refused && fitWithoutChecks(state, draft, sums)) {
      const firstSeq = draft.seq + 1;
      for (const name of names) draft.names.add(name);
      for (const sum of sums) draft.addCell(sum);
      draft.accept({ ...batch, sums });
      return { ...EMPTY_REPLY, firstSeq, undeclared, prepared };
    }
    draft.release(batch.keys, batch.n);
  }
  const decided = decideEvents(state, draft, batch, nowMs, known);
  const named = current && batch.sums ? batch.sums : tuplesOf(batch.body).map(metricOf);
  return { ...decided, undeclared: namesIn(state, named).undeclared, prepared };
}

function metricOf([, metric]: LineTuple): Pick<Cell, "metric"> {
  return { metric };
}

/** Names that one reply warns of. */
const MOST_UNDECLARED = 20;

type Names = {
  /** True where something was recorded under each of them before, or each is declared. */
  allKnown: boolean;
  /** Those that nobody declared and no plan prices. */
  undeclared: readonly Undeclared[];
};

/** What is known of the metrics of `cells`: one look at each. */
function namesIn(state: MeterState, cells: readonly Pick<Cell, "metric">[]): Names {
  let allKnown = true;
  let found: Set<string> | null = null;
  for (const { metric } of cells) {
    if (state.names.isDeclared(metric)) continue;
    if (!state.names.has(metric)) allKnown = false;
    if (state.isPriced(metric)) continue;
    found ??= new Set();
    if (found.size < MOST_UNDECLARED) found.add(metric);
  }
  return { allKnown, undeclared: found ? undeclaredOf(state, found) : [] };
}

function undeclaredOf(state: MeterState, metrics: Iterable<string>): Undeclared[] {
  return [...metrics].map((metric) => ({ metric, meant: state.meantBy(metric) }));
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The metrics of `cells` that are new, or null where there is no room for all of them. */
function newNames(
  state: MeterState,
  draft: PendingCommit,
  { metricNames = BUDGETS.metric_names.limit }: Batch,
  cells: readonly Pick<Cell, "metric">[],
): ReadonlySet<string> | null {
  if (cells.every(({ metric }) => state.names.has(metric))) return NO_NAMES;
  const fresh = cells.filter(({ metric }) => !state.names.has(metric) && !draft.names.has(metric));
  const names = new Set(fresh.map(({ metric }) => metric));
  const fits = state.names.own + draft.names.size + names.size <= metricNames;
  return fits || names.size === 0 ? names : null;
}

/** True where all sums can be added whole, each counter's parts as one. */
function fitWithoutChecks(state: MeterState, draft: PendingCommit, sums: readonly Cell[]): boolean {
  if (state.cells.size + draft.cells.size + sums.length > MAX_METER_CELLS) return false;
  const values = sums.reduce((sum, cell) => sum + (cell.values?.size ?? 0), 0);
  if (values > 0 && state.heldValues + draft.heldValues + values > MAX_METER_VALUES) return false;
  const [only] = sums;
  if (sums.length === 1 && only) return fitsWithoutChecks(state, draft, [only]);
  const counters = new Map<string, [Cell, ...Cell[]]>();
  for (const sum of sums) {
    const key = counterKey(sum);
    const parts = counters.get(key);
    if (parts) parts.push(sum);
    else counters.set(key, [sum]);
  }
  for (const parts of counters.values()) {
    if (!fitsWithoutChecks(state, draft, parts)) return false;
  }
  return true;
}

/**
 * True where sums of one counter can be added whole: no overflow, room for their values, no limit
 * in the way, no threshold reached.
 */
function fitsWithoutChecks(
  state: MeterState,
  draft: PendingCommit,
  added: readonly [Cell, ...Cell[]],
): boolean {
  const [{ windowId, metric }] = added;
  const cells = [...cellsOf(state, draft, windowId, metric), ...added];
  let [micro, values] = [0n, 0];
  for (const cell of cells) {
    micro += cell.sumMicro;
    if (cell.values !== null) values += cell.values.size;
  }
  if (micro > MAX_QUANTITY_MICRO || values > MAX_COUNTER_VALUES) return false;
  const limit = state.hasLimits ? state.limitOf(windowId, metric) : null;
  if (!limit) return true;
  const aggregation = state.aggregationOf(metric);
  if (!addsUp(aggregation)) return false;
  const level = levelOf(aggregation, cells);
  if (limit.hard && level > BigInt(limit.includedMicro)) return false;
  return unfired(state, draft, limit, level).length === 0;
}

/** The cells of a window and metric: those committed, and what the draft adds to them. */
function cellsOf(
  state: MeterState,
  draft: PendingCommit,
  windowId: string,
  metric: string,
): Cell[] {
  const cells = state.cellsOf(windowId, metric);
  if (draft.cells.size === 0) return cells;
  const parts = (state.terms.windows.find((w) => w.id === windowId)?.cutsMs.length ?? 0) + 1;
  for (let part = 0; part < parts; part++) {
    const cell = draft.cells.get(cellKey({ windowId, part, metric }));
    if (cell) cells.push(cell);
  }
  return cells;
}

/** Thresholds reached at `level` that did not fire yet; a frozen window fires nothing. */
function unfired(state: MeterState, draft: PendingCommit, limit: Limit, level: bigint): number[] {
  if (state.frozen.has(limit.windowId)) return [];
  return thresholdsReached(limit, level).filter((threshold) => {
    const key = firingKey({ ...limit, threshold });
    return !state.fired.has(key) && !draft.fired.has(key);
  });
}

/** Event by event, in order: the reference that the fast path must equal. */
function decideEvents(
  state: MeterState,
  draft: PendingCommit,
  batch: Batch,
  nowMs: number,
  identities: Identities,
): Omit<Reply, "prepared"> {
  const lines = linesOf(batch.body);
  const statuses = new Uint8Array(batch.n);
  const seqs = new Float64Array(batch.n);
  const reply = { ...EMPTY_REPLY, statuses, seqs, alerts: [], limited: [] } as Reply;
  const firstSeq = draft.seq + 1;
  const caps = new Set(batch.caps);
  lines.forEach((line, index) => {
    const at = index * KEY_WORDS;
    const known = draft.ids.find(batch.keys, at) ?? identities.find(batch.keys, at);
    if (known) {
      const same = known.digest === batch.keys[at + 4];
      statuses[index] = same ? STATUS.duplicate : STATUS.conflict;
      seqs[index] = same ? known.seq : 0;
      return;
    }
    const taken = takeEvent(state, draft, line, { batch, cap: caps.has(index) });
    if (taken.limited) reply.limited.push({ index, ...taken.limited });
    statuses[index] = taken.status;
    if (taken.status !== STATUS.accepted) return;
    const keys = batch.keys.slice(at, at + KEY_WORDS);
    const part = { n: 1, body: taken.line, keys };
    draft.claim(part);
    draft.accept(part);
    seqs[index] = draft.seq;
    for (const alert of fireAlerts(state, draft, taken, nowMs)) reply.alerts.push({ index, alert });
  });
  return { ...reply, firstSeq };
}

type Taken = {
  status: Status;
  line: string;
  tuple: LineTuple;
  window: Window;
  limited: { takenMicro: string; remainingMicro: string } | null;
};

/** Takes one event, or the part of it that fits, into the draft; or says why not. */
function takeEvent(
  state: MeterState,
  draft: PendingCommit,
  line: string,
  { batch, cap }: { batch: Batch; cap: boolean },
): Taken {
  const tuple = parseLine(line);
  const [, metric, , atMs] = tuple;
  const window = windowAt(state.terms.windows, atMs);
  const cells = cellsOf(state, draft, window.id, metric);
  const counter = counterOf(state.counters, metric);
  const delta = emptyCell(window.id, partAt(window, atMs), metric);
  addEvent(delta, counter, tuple);
  const taken: Taken = { status: STATUS.accepted, line, tuple, window, limited: null };
  if (state.strict && !state.isKnown(metric)) return { ...taken, status: STATUS.undeclared };
  const rule = AGGREGATIONS[counter.aggregation];
  const names = newNames(state, draft, batch, [delta]);
  if (!names) return { ...taken, status: STATUS.unnamed };
  if (rule.needsProperty && propertyValue(tuple, counter.property) === null) {
    return { ...taken, status: STATUS.lacking };
  }
  const total = cells.reduce((sum, cell) => sum + cell.sumMicro, delta.sumMicro);
  if (total > MAX_QUANTITY_MICRO) return { ...taken, status: STATUS.overflow };
  const full = fullnessOf(state, draft, delta, cells);
  if (full !== null) return { ...taken, status: full };
  const limit = state.limitOf(window.id, metric);
  if (limit) {
    const before = levelBefore(state, draft, rule, cells, delta);
    const after = levelAfter(rule, before, cells, delta);
    const included = BigInt(limit.includedMicro);
    if (limit.hard && after > included && after > before) {
      const room = included > before ? included - before : 0n;
      if (!cap || room === 0n || !rule.takesPart) {
        const limited = { takenMicro: "0", remainingMicro: room.toString() };
        return { ...taken, status: STATUS.refused, limited };
      }
      for (const name of names) draft.names.add(name);
      return takePart(taken, draft, { room, delta });
    }
    if (rule.levelWith) draft.levels.set(counterKey(delta), after);
  }
  for (const name of names) draft.names.add(name);
  draft.addCell(delta);
  return taken;
}

/** Why there is no room for an event's value or for its metric's cell; null where there is. */
function fullnessOf(
  state: MeterState,
  draft: PendingCommit,
  delta: Cell,
  cells: readonly Cell[],
): Status | null {
  const own = cells.filter(({ part }) => part === delta.part);
  const cellsHeld = state.cells.size + draft.cells.size;
  if (own.length === 0 && cellsHeld >= MAX_METER_CELLS) {
    const fresh = [...draft.cells.keys()].filter((key) => !state.cells.has(key));
    if (state.cells.size + fresh.length >= MAX_METER_CELLS) return STATUS.tooManyMetrics;
  }
  const [value] = delta.values?.keys() ?? [];
  if (value === undefined || own.some(({ values }) => values?.has(value))) return null;
  const ofCounter = cells.reduce((sum, { values }) => sum + (values?.size ?? 0), 0);
  if (ofCounter >= MAX_COUNTER_VALUES) {
    const held = state.cellsOf(delta.windowId, delta.metric);
    const fresh = freshValues(state, draft, counterKey(delta));
    const size = held.reduce((sum, { values }) => sum + (values?.size ?? 0), 0);
    if (size + fresh >= MAX_COUNTER_VALUES) return STATUS.tooManyValues;
  }
  if (state.heldValues + draft.heldValues >= MAX_METER_VALUES) {
    const fresh = freshValues(state, draft, null);
    if (state.heldValues + fresh >= MAX_METER_VALUES) return STATUS.tooManyValues;
  }
  return null;
}

/** Values of the draft, of one counter or all, that the memory does not hold in the same cell. */
function freshValues(state: MeterState, draft: PendingCommit, counter: string | null): number {
  let fresh = 0;
  for (const [key, cell] of draft.cells) {
    if (cell.values === null || (counter !== null && counterKey(cell) !== counter)) continue;
    const held = state.cells.get(key)?.values;
    for (const value of cell.values.keys()) if (!held?.has(value)) fresh++;
  }
  return fresh;
}

/** The level before an event: worked out once where that walks many values, then carried on. */
function levelBefore(
  state: MeterState,
  draft: PendingCommit,
  rule: AggregationRule,
  cells: readonly Cell[],
  delta: Cell,
): bigint {
  const key = counterKey(delta);
  const known = rule.levelWith && (draft.levels.get(key) ?? state.levels.get(key));
  return known ?? rule.level(cells);
}

function levelAfter(
  rule: AggregationRule,
  before: bigint,
  cells: readonly Cell[],
  delta: Cell,
): bigint {
  return rule.levelWith ? rule.levelWith(before, cells, delta) : rule.level([...cells, delta]);
}

/** Takes the part of an event that still fits its limit; its line keeps what was asked for. */
function takePart(
  taken: Taken,
  draft: PendingCommit,
  { room, delta }: { room: bigint; delta: Cell },
): Taken {
  const [id, metric, asked, atMs, user, metadata, source, receivedMs, voidsSeq] = taken.tuple;
  const part: LineTuple = [
    id,
    metric,
    lineMicro(room),
    atMs,
    user ?? 0,
    metadata ?? 0,
    source ?? 0,
    receivedMs ?? 0,
    voidsSeq ?? 0,
    asked,
  ];
  draft.addCell({ ...delta, sumMicro: room });
  const limited = { takenMicro: room.toString(), remainingMicro: "0" };
  return { ...taken, tuple: part, line: JSON.stringify(part), limited };
}

/** The alerts that an accepted event fires, ascending. */
function fireAlerts(state: MeterState, draft: PendingCommit, taken: Taken, nowMs: number): Alert[] {
  const [id, metric] = taken.tuple;
  const limit = state.limitOf(taken.window.id, metric);
  if (!limit) return [];
  const level =
    draft.levels.get(counterKey(limit)) ??
    levelOf(state.aggregationOf(metric), cellsOf(state, draft, limit.windowId, metric));
  const alerts = unfired(state, draft, limit, level).map((threshold) =>
    alertOf(state, limit, threshold, level, {
      cause: "usage",
      eventSeq: draft.seq,
      eventId: id,
      atMs: nowMs,
    }),
  );
  for (const alert of alerts) {
    draft.alerts.push(alert);
    draft.fired.add(firingKey({ ...limit, threshold: alert.thresholdPercent }));
  }
  return alerts;
}

function alertOf(
  state: MeterState,
  limit: Limit,
  threshold: number,
  level: bigint,
  reason: Pick<Alert, "cause" | "eventSeq" | "eventId" | "atMs">,
): Alert {
  return {
    windowId: limit.windowId,
    subscriptionId: state.terms.subscriptionId,
    metric: limit.metric,
    kind: limit.includedMicro === "0" ? "limit" : "threshold",
    thresholdPercent: threshold,
    usedMicro: level.toString(),
    includedMicro: limit.includedMicro,
    epoch: limit.epoch,
    ...reason,
  };
}

/**
 * What a change of limits fires, of those that changed. A threshold that is passed now fires,
 * unless it had fired under the limit's previous epoch: that one stays silent (`silent` names its
 * new key). Thresholds above the usage are armed again by their new epoch alone.
 */
export function alertsOfChange(
  state: MeterState,
  previous: readonly Limit[],
  nowMs: number,
): { alerts: Alert[]; silent: string[] } {
  const draft = PendingCommit.of(state.seq, 1);
  const before = new Map(previous.map((limit) => [`${limit.windowId} ${limit.metric}`, limit]));
  const alerts: Alert[] = [];
  const silent: string[] = [];
  for (const limit of state.terms.limits) {
    const old = before.get(`${limit.windowId} ${limit.metric}`);
    if (old?.epoch === limit.epoch) continue;
    const cells = state.cellsOf(limit.windowId, limit.metric);
    const level = levelOf(state.aggregationOf(limit.metric), cells);
    for (const threshold of unfired(state, draft, limit, level)) {
      if (old && state.fired.has(firingKey({ ...old, threshold }))) {
        silent.push(firingKey({ ...limit, threshold }));
        continue;
      }
      const reason = {
        cause: "limit_changed",
        eventSeq: null,
        eventId: null,
        atMs: nowMs,
      } as const;
      alerts.push(alertOf(state, limit, threshold, level, reason));
    }
  }
  return { alerts, silent };
}
