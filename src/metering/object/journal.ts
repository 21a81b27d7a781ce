/**
 * The object's storage: the log of each generation, counters as of a sequence, alerts, frozen
 * windows, voids. Every method that writes is called inside `transactionSync`.
 */
import { arraysOf, rowsOfValues } from "../../core/rows.ts";
import { type Cell, type CellJson, cellFromJson, cellPieces } from "../aggregation/cell.ts";
import { type FrozenPart, frozenPart, frozenRows } from "../counter/frozen.ts";
import type { Alert, Count, Counter, Frozen } from "../counter/terms.ts";
import { type Body, cutBody, joinBodies, lineAt, type Piece } from "../event/body.ts";
import { KEY_WORDS } from "../event/key.ts";

/** A row holds at most so many events and UTF-8 bytes; the platform refuses rows of 2,000,000. */
const ROW_EVENTS = 4_000;
const LOG_ROW_BYTES = 1_500_000;
/** Rows of how metrics count, of which each declaration adds one, before they are joined again. */
const MAX_COUNTER_ROWS = 500;
/** What is read into memory at a time. */
const READ_EVENTS = 5_000;
const READ_CHARS = 1_400_000;

/** Lines that are written together, and five words of key for each. */
export type Part = Piece & { keys: Uint32Array };
export type LogRow = Piece & { high: number };

/** A part of the log with a table of its own; the last one is open, all before it are sealed. */
export type Generation = {
  g: number;
  fromSeq: number;
  /** 0 while open. */
  toSeq: number;
  startedMs: number;
  sealedMs: number;
};

export type FiredRow = { key: string; alert: Alert | null; pending: boolean };

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS generations (
  g INTEGER PRIMARY KEY, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
  started_ms INTEGER NOT NULL, sealed_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot (part INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fired (
  key TEXT PRIMARY KEY, body TEXT, seq INTEGER NOT NULL, pending INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frozen (window_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frozen_parts (
  window_id TEXT NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (window_id, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (part INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS voids (seq INTEGER PRIMARY KEY, void_seq INTEGER NOT NULL);
`;

export class Journal {
  readonly #sql: SqlStorage;
  generations: Generation[] = [];
  /** All that is kept under names, as the object began: null once any of it is written. */
  #metaAtStart: ReadonlyMap<string, string> | null;

  constructor(storage: Pick<DurableObjectStorage, "sql">) {
    this.#sql = storage.sql;
    this.#sql.exec(SCHEMA);
    const kept = this.#sql.exec<{ k: string; v: string }>("SELECT k, v FROM meta").toArray();
    this.#metaAtStart = new Map(kept.map(({ k, v }) => [k, v]));
    this.#loadGenerations();
  }

  /** The open generation. */
  get open(): Generation {
    const last = this.generations.at(-1);
    if (!last) throw new Error("no open generation");
    return last;
  }

  #loadGenerations(): void {
    const rows = this.#sql.exec("SELECT * FROM generations ORDER BY g").toArray();
    this.generations = rows.map((row) => ({
      g: Number(row.g),
      fromSeq: Number(row.from_seq),
      toSeq: Number(row.to_seq),
      startedMs: Number(row.started_ms),
      sealedMs: Number(row.sealed_ms),
    }));
  }

  /** Begins the generation whose first event is `fromSeq`. */
  beginGeneration(fromSeq: number, nowMs: number): Generation {
    const row = this.#sql.exec("SELECT max(g) AS g FROM generations").one();
    const g = Number(row.g ?? 0) + 1;
    this.#sql.exec(
      `CREATE TABLE log_${g} (high INTEGER PRIMARY KEY, n INTEGER NOT NULL, ids BLOB NOT NULL,
       body TEXT NOT NULL)`,
    );
    this.#sql.exec("INSERT INTO generations VALUES (?, ?, 0, ?, 0)", g, fromSeq, nowMs);
    return { g, fromSeq, toSeq: 0, startedMs: nowMs, sealedMs: 0 };
  }

  /** Writes the rows of a commit whose last event is `high`. */
  append(g: number, parts: readonly Part[], high: number): void {
    let seq = high - parts.reduce((sum, part) => sum + part.n, 0);
    for (const row of rowsOf(parts)) {
      seq += row.n;
      const ids = row.keys.buffer.slice(
        row.keys.byteOffset,
        row.keys.byteOffset + row.keys.byteLength,
      );
      this.#sql.exec(`INSERT INTO log_${g} VALUES (?, ?, ?, ?)`, seq, row.n, ids, row.body);
    }
  }

  /** Closes the open generation's log. Returns it as it now is. */
  closeGeneration(toSeq: number, nowMs: number): Generation {
    const { open } = this;
    this.#sql.exec(
      "UPDATE generations SET to_seq = ?, sealed_ms = ? WHERE g = ?",
      toSeq,
      nowMs,
      open.g,
    );
    return { ...open, toSeq, sealedMs: nowMs };
  }

  /** Whole log rows after `afterSeq`, in order, of one generation, within the bounds given. */
  rowsAfter(afterSeq: number, maxEvents: number, maxChars: number): { g: number; rows: LogRow[] } {
    for (const { g, toSeq } of this.generations) {
      if (toSeq !== 0 && toSeq <= afterSeq) continue;
      const rows: LogRow[] = [];
      let chars = 0;
      const found = this.#rowsWithin(g, afterSeq, maxEvents);
      for (const raw of found) {
        const row = { high: Number(raw.high), n: Number(raw.n), body: bodyOf(raw.body) };
        chars += row.body.length;
        if (rows.length > 0 && chars > maxChars) break;
        rows.push(row);
      }
      if (rows.length > 0) return { g, rows };
    }
    return { g: 0, rows: [] };
  }

  /** The rows whose events are all among `maxEvents` after `afterSeq`; at least the first one. */
  #rowsWithin(g: number, afterSeq: number, maxEvents: number) {
    const text = `
      SELECT high, n, body FROM log_${g} WHERE high > ?1
        AND high <= max(?2, (SELECT min(high) FROM log_${g} WHERE high > ?1))
      ORDER BY high`;
    // Read to the end: a cursor that is left open locks every table against DROP.
    return this.#sql.exec(text, afterSeq, afterSeq + maxEvents).toArray();
  }

  /** All log rows after a sequence, in order. */
  *allAfter(seq: number): Generator<LogRow> {
    for (let after = seq; ; ) {
      const { rows } = this.rowsAfter(after, READ_EVENTS, READ_CHARS);
      const last = rows.at(-1);
      if (!last) return;
      yield* rows;
      after = last.high;
    }
  }

  /** The line of one event, where a kept log holds it. */
  readLine(seq: number): string | null {
    const generation = this.generations.find(
      ({ fromSeq, toSeq }) => fromSeq <= seq && (toSeq === 0 || seq <= toSeq),
    );
    if (!generation) return null;
    const row = this.#sql
      .exec(
        `SELECT high, n, body FROM log_${generation.g} WHERE high >= ? ORDER BY high LIMIT 1`,
        seq,
      )
      .toArray()[0];
    if (!row) return null;
    const index = seq - (Number(row.high) - Number(row.n) + 1);
    return lineAt(bodyOf(row.body), index);
  }

  /** The keys of the open generation, row by row, with the sequence of each row's first event. */
  *openKeys(): Generator<{ firstSeq: number; keys: Uint32Array }> {
    for (const row of this.#sql.exec(`SELECT high, n, ids FROM log_${this.open.g} ORDER BY high`)) {
      const keys = new Uint32Array(row.ids as ArrayBuffer);
      yield { firstSeq: Number(row.high) - Number(row.n) + 1, keys };
    }
  }

  /** The last sequence that was written. */
  lastSeq(): number {
    const row = this.#sql.exec(`SELECT max(high) AS high FROM log_${this.open.g}`).one();
    return row.high === null ? this.open.fromSeq - 1 : Number(row.high);
  }

  /** Drops sealed logs that the ledger has whole and that were kept long enough. */
  dropOld(settledSeq: number, sealedBeforeMs: number): Generation[] {
    const isOld = ({ toSeq, sealedMs }: Generation) =>
      toSeq !== 0 && toSeq <= settledSeq && sealedMs < sealedBeforeMs;
    for (const { g } of this.generations.filter(isOld)) {
      this.#sql.exec(`DROP TABLE log_${g}`);
      this.#sql.exec("DELETE FROM generations WHERE g = ?", g);
    }
    return this.generations.filter((generation) => !isOld(generation));
  }

  /** A value kept under a name, or null. */
  readMeta<T>(key: string): T | null {
    const text = this.#metaAtStart ? this.#metaAtStart.get(key) : this.#metaText(key);
    return text === undefined ? null : (JSON.parse(text) as T);
  }

  #metaText(key: string): string | undefined {
    const row = this.#sql.exec("SELECT v FROM meta WHERE k = ?", key).toArray()[0];
    return row && String(row.v);
  }

  /** The object has begun: what is read from here on is read from its storage. */
  begun(): void {
    this.#metaAtStart = null;
  }

  /** Keeps a value under a name, as JSON. */
  writeMeta(key: string, value: unknown): void {
    this.#metaAtStart = null;
    const text = JSON.stringify(value);
    this.#sql.exec(
      "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = ?2",
      key,
      text,
    );
  }

  /** Counters as of a sequence, and how far the ledger had come. */
  writeSnapshot(snapshot: Snapshot): void {
    const { cells, ...head } = snapshot;
    let part = 0;
    for (const body of arraysOf(piecesOfCells(cells))) {
      // The first row holds its cells beside the head: most snapshots are one row.
      const text = part === 0 ? headed(head, body) : body;
      this.#sql.exec("INSERT OR REPLACE INTO snapshot VALUES (?, ?)", part++, text);
    }
    if (part === 0) {
      this.#sql.exec("INSERT OR REPLACE INTO snapshot VALUES (?, ?)", part++, headed(head, "[]"));
    }
    this.#sql.exec("DELETE FROM snapshot WHERE part >= ?", part);
  }

  /** The snapshot, or null before the first one. */
  readSnapshot(): Snapshot | null {
    const rows = this.#sql.exec("SELECT body FROM snapshot ORDER BY part").toArray();
    const [first, ...others] = rows.map((row) => String(row.body));
    if (first === undefined) return null;
    if (!first.startsWith(ROWS_MARK)) {
      // The earlier version cut one text into rows.
      const { cells, ...head } = JSON.parse([first, ...others].join("")) as SnapshotJson;
      return { ...head, cells: cells.map(cellFromJson) };
    }
    const { rows: _, cells, ...head } = JSON.parse(first) as SnapshotJson & { rows: number };
    const more = others.flatMap((body) => JSON.parse(body) as CellJson[]);
    return { ...head, cells: [...cells, ...more].map(cellFromJson) };
  }

  /** Notes that a limit fired, with its alert where it is announced; once for each key. */
  writeFired(key: string, alert: Alert | null, pending: boolean): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO fired VALUES (?, ?, ?, ?)",
      key,
      alert && JSON.stringify(alert),
      alert?.eventSeq ?? 0,
      pending ? 1 : 0,
    );
  }

  /** All that fired, by the events' sequences. */
  readFired(): FiredRow[] {
    return this.#sql
      .exec("SELECT key, body, pending FROM fired ORDER BY seq, key")
      .toArray()
      .map((row) => ({
        key: String(row.key),
        alert: row.body === null ? null : (JSON.parse(String(row.body)) as Alert),
        pending: row.pending === 1,
      }));
  }

  /** Marks alerts as arrived in the ledger. */
  settleFired(keys: readonly string[]): void {
    for (const key of keys) this.#sql.exec("UPDATE fired SET pending = 0 WHERE key = ?", key);
  }

  /** Has the alerts after a sequence announced again: the ledger lost them. */
  reviveFired(afterSeq: number): void {
    this.#sql.exec(
      "UPDATE fired SET pending = 1 WHERE body IS NOT NULL AND (seq = 0 OR seq > ?)",
      afterSeq,
    );
  }

  /** Drops what is kept of windows that are over for good. */
  dropWindows(windowIds: readonly string[]): void {
    for (const id of windowIds) {
      // All keys that begin with the id and a space, which "!" comes next after.
      this.#sql.exec("DELETE FROM fired WHERE key >= ? AND key < ?", `${id} `, `${id}!`);
      this.#sql.exec("DELETE FROM frozen WHERE window_id = ?", id);
      this.#sql.exec("DELETE FROM frozen_parts WHERE window_id = ?", id);
    }
  }

  /** A part of what a window was frozen with, counted from 0; null where it is not frozen. */
  readFrozen(windowId: string, part = 0): FrozenPart | null {
    const row = this.#sql
      .exec("SELECT body FROM frozen WHERE window_id = ?", windowId)
      .toArray()[0];
    if (!row) return null;
    const first = frozenPart(String(row.body));
    if (part === 0) return first;
    const more = this.#sql
      .exec("SELECT body FROM frozen_parts WHERE window_id = ? AND part = ?", windowId, part)
      .one();
    return { ...first, counts: JSON.parse(String(more.body)) as Count[] };
  }

  /** The rows that keep what a window was frozen with, as they are; none where it is not. */
  readFrozenRows(windowId: string): string[] {
    const first = this.#sql.exec("SELECT body FROM frozen WHERE window_id = ?", windowId);
    const more = this.#sql.exec(
      "SELECT body FROM frozen_parts WHERE window_id = ? ORDER BY part",
      windowId,
    );
    return [...first.toArray(), ...more.toArray()].map(({ body }) => String(body));
  }

  /** The windows that are frozen. */
  frozenIds(): string[] {
    const rows = this.#sql.exec("SELECT window_id FROM frozen").toArray();
    return rows.map((row) => String(row.window_id));
  }

  /** Keeps what a window is frozen with. */
  writeFrozen(windowId: string, frozen: Frozen): void {
    const [first = "", ...more] = frozenRows(frozen);
    this.#sql.exec("INSERT INTO frozen VALUES (?, ?)", windowId, first);
    for (const [i, body] of more.entries()) {
      this.#sql.exec("INSERT INTO frozen_parts VALUES (?, ?, ?)", windowId, i + 1, body);
    }
  }

  /** How metrics count, and which version of the catalogue says so; null before it was told. */
  readCounters(): { version: number; counters: Counter[] } | null {
    const held = this.readMeta<{ version: number; counters?: Counter[] }>("metrics");
    if (!held) return null;
    // The earlier version kept them in the same row as the version.
    if (held.counters) return { version: held.version, counters: held.counters };
    const rows = this.#sql.exec("SELECT body FROM counters ORDER BY part").toArray();
    const counters = rows.flatMap(({ body }) => JSON.parse(String(body)) as Counter[]);
    return { version: held.version, counters };
  }

  /** Keeps how metrics count. */
  writeCounters(version: number, counters: readonly Counter[]): void {
    const rows = rowsOfValues(counters);
    this.writeMeta("metrics", { version });
    for (const [part, body] of rows.entries()) {
      this.#sql.exec("INSERT OR REPLACE INTO counters VALUES (?, ?)", part, body);
    }
    this.#sql.exec("DELETE FROM counters WHERE part >= ?", rows.length);
  }

  /** Keeps how one metric counts, behind the others: the last that is said of a metric holds. */
  addCounter(version: number, counter: Counter): void {
    const held = this.readMeta<{ version: number; counters?: Counter[] }>("metrics");
    const { rows } = this.#sql.exec("SELECT count(*) AS rows FROM counters").one();
    if (held?.counters || Number(rows) >= MAX_COUNTER_ROWS) {
      const known = this.readCounters()?.counters ?? [];
      const all = new Map([...known, counter].map((one) => [one.metric, one]));
      this.writeCounters(version, [...all.values()]);
      return;
    }
    this.writeMeta("metrics", { version });
    const body = JSON.stringify([counter]);
    this.#sql.exec("INSERT INTO counters VALUES (?, ?)", Number(rows), body);
  }

  /** The sequence that took an event back, or null. */
  voidedBy(seq: number): number | null {
    const row = this.#sql.exec("SELECT void_seq FROM voids WHERE seq = ?", seq).toArray()[0];
    return row ? Number(row.void_seq) : null;
  }

  /** Notes that `voidSeq` took the event `seq` back. */
  writeVoid(seq: number, voidSeq: number): void {
    this.#sql.exec("INSERT INTO voids VALUES (?, ?)", seq, voidSeq);
  }
}

export type Snapshot = {
  seq: number;
  flushedSeq: number;
  seriesSeq: number;
  lastNowMs: number;
  /** Two of them may be pieces of one cell. */
  cells: Iterable<Cell>;
};
type SnapshotJson = Omit<Snapshot, "cells"> & { cells: CellJson[] };

/** How a snapshot begins whose rows are whole arrays of cells. */
const ROWS_MARK = '{"rows":';

function headed(head: Omit<Snapshot, "cells">, cells: string): string {
  return `${ROWS_MARK}1,${JSON.stringify(head).slice(1, -1)},"cells":${cells}}`;
}

/** The stored pieces of cells, one at a time: no text of them all is ever made. */
function* piecesOfCells(cells: Iterable<Cell>): Generator<string> {
  for (const cell of cells) for (const piece of cellPieces(cell)) yield JSON.stringify(piece);
}

const encoder = new TextEncoder();

/** Parts as rows within the bounds of a row; a part over them is cut between its lines. */
export function rowsOf(parts: readonly Part[]): Part[] {
  const rows: Part[] = [];
  let held: Part[] = [];
  let [events, bytes] = [0, 0];
  const close = () => {
    if (held.length > 0) rows.push(joinParts(held));
    held = [];
    [events, bytes] = [0, 0];
  };
  for (const part of parts.flatMap(cutPart)) {
    const size = byteLength(part.body) + 1;
    if (events + part.n > ROW_EVENTS || bytes + size > LOG_ROW_BYTES) close();
    held.push(part);
    events += part.n;
    bytes += size;
  }
  close();
  return rows;
}

/** A stored body: frames are kept as bytes, in a column that was made for text. */
function bodyOf(stored: SqlStorageValue | undefined): Body {
  return stored instanceof ArrayBuffer ? new Uint8Array(stored) : String(stored);
}

function byteLength(text: Body): number {
  if (typeof text !== "string") return text.length;
  return text.length * 3 <= LOG_ROW_BYTES ? text.length * 3 : encoder.encode(text).length;
}

function joinParts(parts: readonly Part[]): Part {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  const keys = new Uint32Array(n * KEY_WORDS);
  parts.reduce((at, part) => {
    keys.set(part.keys, at);
    return at + part.n * KEY_WORDS;
  }, 0);
  return { n, keys, body: joinBodies(parts) };
}

/** Halves a part until it fits a row. A single line always does: a batch has at most 2 MB. */
function cutPart(part: Part): Part[] {
  const fits = part.n <= ROW_EVENTS && byteLength(part.body) <= LOG_ROW_BYTES;
  if (fits || part.n === 1) return [part];
  const half = Math.ceil(part.n / 2);
  const pieces = cutBody(part.body, part.n, half);
  if (pieces.length === 1) return [part];
  let from = 0;
  return pieces.flatMap(({ n, body }) => {
    const keys = part.keys.subarray(from * KEY_WORDS, (from + n) * KEY_WORDS);
    from += n;
    return cutPart({ n, body, keys });
  });
}
