/**
 * Archives: events of old months leave the ledger into R2 as compressed NDJSON, and come back for
 * some days when they are asked for. Each step takes one part of a month, may be killed anywhere
 * and run again: an object is read back and compared before one batch takes its events out of the
 * ledger. What counts them, the rollups, stays. A ledger that was fenced meanwhile stays as it was
 * copied: the step is refused.
 */

import { gunzipSync, gzipSync } from "node:zlib";
import { rowsOfValues } from "../../core/rows.ts";
import { DAY_MS, QUARTER_MS, quarterOf } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Counter } from "../counter/terms.ts";
import type { Line } from "../event/line.ts";
import { type ArchivedLine, journalTuple, linesOfNdjson, ndjsonOf } from "./archive-line.ts";
import {
  apart,
  type BackSegment,
  changeSeries,
  deleteSegments,
  insertSegments,
  insistAsRead,
  keepSegments,
  nextQuarter,
  type OldSegment,
  oldSegments,
  restoredSegments,
  type SeqRange,
  type SeriesRow,
  segmentsNamed,
  seriesNear,
} from "./archive-rows.ts";
import {
  type Archive,
  endedRestore,
  insertArchive,
  insistHere,
  nextPart,
  partToRestore,
  replaceObject,
  setRestored,
} from "./archive-store.ts";
import { forgetUnused, rememberUsed } from "./forgotten.ts";
import { fetchBodies, segmentLines } from "./ledger.ts";
import { bytesOfHex, packBody } from "./segment.ts";
import { type Block, SeriesPacker, unpackSeries, WHOLE } from "./series.ts";
import { damaged, damagedIn, KEY_DIGITS, segmentsKey } from "./stored.ts";
import { readWatermarks } from "./watermark.ts";

/** A part of an archive's object: [first sequence, last one, generation, place, bytes]. */
export type Run = readonly [
  low: number,
  high: number,
  generation: number,
  offset: number,
  bytes: number,
];

/** Events of one object, its compressed bytes, and the segments that it is made of, at most. */
const PART_EVENTS = 200_000;
const PART_BYTES = 8_000_000;
const PART_SEGMENTS = 1_000;
/** Events of a run; it is compressed by itself, so that one at a time is in memory. */
const RUN_EVENTS = 2_000;
/** Segments that are read at a time, and series blocks. */
const PAGE = 40;
const BLOCK_PAGE = 20;
/** A restored meter, or database, asks for what is younger. */
export const SETTLED_MS = 36 * DAY_MS;

/** Whose old events, and which: those of months that end by `edgeMs`. */
export type ArchiveQuery = {
  tenant: string;
  edgeMs: number;
  /** Real time. */
  realMs: number;
  /** A test tenant's events need not have settled: its clock is set. */
  test: boolean;
  counters: ReadonlyMap<string, Counter>;
};

/** What a step did: how many events left the ledger, and of which month. */
export type ArchiveStep = { month: string; events: number };

/**
 * Takes the next part out of the ledger; null where nothing is left to be archived. Errors: 409
 * where the tenant's ledger was fenced meanwhile.
 */
export async function archiveNext(store: Store, query: ArchiveQuery): Promise<ArchiveStep | null> {
  const ended = await endedRestore(store.DB, query.tenant, query.realMs);
  if (ended) return archiveAgain(store, query, ended);
  const edge = quarterOf(query.edgeMs);
  for (let from = 0; ; ) {
    const quarter = await nextQuarter(store.DB, query.tenant, from, edge);
    if (quarter === null) return null;
    const month = monthAround(quarter * QUARTER_MS);
    const done = await archivePart(store, query, month);
    if (done) return done;
    // What is left of it lies in segments that reach beyond it, or has not settled.
    from = quarterOf(month.endMs);
  }
}

type Month = { name: string; startMs: number; endMs: number };

/** The UTC month that holds a time. */
export function monthAround(ms: number): Month {
  const at = new Date(ms);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  const startMs = Date.UTC(year, month, 1);
  return {
    name: new Date(startMs).toISOString().slice(0, "2025-01".length),
    startMs,
    endMs: Date.UTC(year, month + 1, 1),
  };
}

/** Segments as they go into an object. */
class PartWriter {
  readonly members: Uint8Array[] = [];
  readonly runs: Run[] = [];
  readonly segments: OldSegment[] = [];
  events = 0;
  bytes = 0;
  #lines: Line[] = [];
  #generation = 0;

  get isFull(): boolean {
    return (
      this.events >= PART_EVENTS ||
      this.bytes >= PART_BYTES ||
      this.segments.length >= PART_SEGMENTS
    );
  }

  add(segment: OldSegment): void {
    const lines = segmentLines(segment);
    const goesOn = this.#lines.at(-1)?.seq === segment.low - 1;
    const fits = this.#lines.length + lines.length <= RUN_EVENTS;
    if (!goesOn || !fits || this.#generation !== segment.generation) this.close();
    this.#generation = segment.generation;
    this.#lines.push(...lines);
    this.events += lines.length;
    this.segments.push({ ...segment, body: "" });
  }

  close(): void {
    const [first, last] = [this.#lines[0], this.#lines.at(-1)];
    if (!first || !last) return;
    const member = gzipSync(ndjsonOf(this.#lines));
    this.members.push(member);
    this.runs.push([first.seq, last.seq, this.#generation, this.bytes, member.length]);
    this.bytes += member.length;
    this.#lines = [];
  }
}

async function archivePart(
  store: Store,
  query: ArchiveQuery,
  month: Month,
): Promise<ArchiveStep | null> {
  const { tenant, realMs } = query;
  const part = await gatherPart(store, query, month);
  const [first, last] = [part.runs[0], part.runs.at(-1)];
  if (!first || !last) return null;
  const body = Buffer.concat(part.members);
  const sha256 = await sha256Hex(body);
  const archive: Archive = {
    tenant,
    month: month.name,
    part: await nextPart(store.DB, tenant, month.name),
    low: first[0],
    high: last[1],
    events: part.events,
    tsMin: Math.min(...part.segments.map(({ tsMin }) => tsMin)),
    tsMax: Math.max(...part.segments.map(({ tsMax }) => tsMax)),
    runs: JSON.stringify(part.runs),
    objectKey: archiveKey({ tenant, month: month.name, low: first[0], high: last[1] }, sha256),
    bytes: body.length,
    sha256,
    archivedMs: realMs,
    restoredUntilMs: null,
  };
  await putArchive(store, archive, body, realMs);
  await commit(store.DB, [
    insistHere(store.DB, tenant),
    insistAsRead(store.DB, tenant, part.segments),
    insertArchive(store.DB, archive),
    rememberUsed(store.DB, tenant, archive.objectKey),
    ...(await takeOut(store, query, archive, part.segments)),
  ]);
  return { month: month.name, events: part.events };
}

/**
 * Where an archive lies, by what it holds: who was held up for long never writes over what others
 * wrote meanwhile.
 */
export function archiveKey(
  { tenant, month, low, high }: Pick<Archive, "tenant" | "month" | "low" | "high">,
  sha256: string,
): string {
  return `archive/${tenant}/${month}/${low}-${high}.${sha256.slice(0, KEY_DIGITS)}.ndjson.gz`;
}

/** Writes an archive's object and reads it back. */
export async function putArchive(
  { DB, FILES }: Store,
  archive: Archive,
  body: Uint8Array,
  realMs: number,
): Promise<void> {
  // One that no row comes to name goes by itself.
  await forgetUnused(DB, archive.tenant, archive.objectKey, realMs).run();
  await FILES.put(archive.objectKey, body, { httpMetadata: { contentType: "application/gzip" } });
  await readArchive(FILES, archive, () => undefined);
}

async function gatherPart(store: Store, query: ArchiveQuery, month: Month): Promise<PartWriter> {
  const part = new PartWriter();
  for (let afterSeq = 0; !part.isFull; ) {
    const rows = await oldSegments(store.DB, {
      tenant: query.tenant,
      fromQuarter: quarterOf(month.startMs),
      toQuarter: quarterOf(month.endMs),
      afterSeq,
      drainedBeforeMs: query.test ? query.realMs + 1 : query.realMs - SETTLED_MS,
      unsealed: query.test,
      limit: PAGE,
    });
    await fetchBodies(store.FILES, rows);
    for (const row of rows) if (!part.isFull) part.add(row);
    afterSeq = rows.at(-1)?.high ?? 0;
    if (rows.length < PAGE) break;
  }
  part.close();
  return part;
}

/** What takes an archive's events out of the ledger: their segments, and their part of series. */
async function takeOut(
  { DB }: Store,
  { tenant, realMs, counters }: ArchiveQuery,
  archive: Archive,
  segments: readonly { high: number; objectKey: string | null }[],
): Promise<D1PreparedStatement[]> {
  const { gone, blocks } = await seriesWithout(DB, archive, counters);
  const quarters = { from: quarterOf(archive.tsMin), to: quarterOf(archive.tsMax) };
  const highs = segments.map(({ high }) => high);
  const objects = new Set(segments.flatMap(({ objectKey }) => objectKey ?? []));
  return [
    ...deleteSegments(DB, tenant, highs, quarters),
    ...changeSeries(DB, tenant, gone, blocks, rowsOfValues),
    ...[...objects].map((key) => forgetUnused(DB, tenant, key, realMs)),
  ];
}

/** The series blocks that hold events of an archive, and what is left of them without these. */
async function seriesWithout(
  db: D1Database,
  archive: Archive,
  counters: ReadonlyMap<string, Counter>,
): Promise<{ gone: SeriesRow[]; blocks: Block[] }> {
  const { tenant, tsMin, tsMax } = archive;
  const ranges = rangesOf(archive);
  const holds = (seq: number) => isWithin(ranges, seq);
  const gone: SeriesRow[] = [];
  const blocks: Block[] = [];
  for (const range of apart(ranges)) {
    for (let after = { bucket: WHOLE, high: 0 }; ; ) {
      const rows = await seriesNear(db, { tenant, range, tsMin, tsMax, after, limit: BLOCK_PAGE });
      for (const row of rows) {
        const lines = unpackSeries(bytesOfHex(row.body), null);
        const left = lines.filter(({ seq }) => !holds(seq));
        if (left.length === lines.length) continue;
        gone.push({ ...row, body: "" });
        if (left.length > 0) blocks.push(...packed(left, row.bucket !== WHOLE, counters));
      }
      const last = rows.at(-1);
      if (!last || rows.length < BLOCK_PAGE) break;
      after = last;
    }
  }
  return { gone, blocks };
}

/** Lines as series blocks, in 64 buckets or in one. */
function packed(
  lines: readonly Line[],
  split: boolean,
  counters: ReadonlyMap<string, Counter>,
): Block[] {
  const packer = new SeriesPacker(split ? Number.POSITIVE_INFINITY : 0, counters);
  for (const { seq, tuple } of lines) packer.add(seq, JSON.stringify(tuple));
  return packer.blocks();
}

/** The sequences of an archive, in order; runs that follow one another as one. */
function rangesOf({ runs }: Archive): SeqRange[] {
  const ranges: [number, number][] = [];
  for (const [low, high] of JSON.parse(runs) as Run[]) {
    const last = ranges.at(-1);
    if (last && last[1] === low - 1) last[1] = high;
    else ranges.push([low, high]);
  }
  return ranges;
}

function isWithin(ranges: readonly SeqRange[], seq: number): boolean {
  let [from, to] = [0, ranges.length - 1];
  while (from <= to) {
    const middle = (from + to) >> 1;
    const [low, high] = ranges[middle] as SeqRange;
    if (seq < low) to = middle - 1;
    else if (seq > high) from = middle + 1;
    else return true;
  }
  return false;
}

/**
 * Reads an archive's object run by run, and compares it with what its row says of it; answers its
 * bytes. Errors: 409 that names the object where it is missing or is not what was written.
 */
export async function readArchive(
  files: R2Bucket,
  archive: Archive,
  take: (lines: ArchivedLine[], run: Run) => void | Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { objectKey, sha256, events, runs } = archive;
  const object = await files.get(objectKey);
  if (!object) throw damaged(objectKey, "is missing");
  const bytes = new Uint8Array(await object.arrayBuffer());
  if ((await sha256Hex(bytes)) !== sha256) throw damaged(objectKey, "was changed");
  let read = 0;
  for (const run of JSON.parse(runs) as Run[]) {
    const [low, high, , offset, length] = run;
    const text = gunzipSync(bytes.subarray(offset, offset + length)).toString("utf8");
    const lines = linesOfNdjson(text);
    const isWhole = lines[0]?.event_seq === low && lines.length === high - low + 1;
    if (!isWhole || lines.at(-1)?.event_seq !== high) {
      throw damaged(objectKey, `lacks events of ${low} to ${high}`);
    }
    read += lines.length;
    await take(lines, run);
  }
  if (read !== events) throw damaged(objectKey, `holds ${read} of ${events} events`);
  return bytes;
}

/**
 * Takes out what was restored for a time that has ended: its object is there still. One that was
 * damaged meanwhile is written anew in a step before that, from what the ledger has.
 */
async function archiveAgain(
  store: Store,
  query: ArchiveQuery,
  archive: Archive,
): Promise<ArchiveStep> {
  const highs = (JSON.parse(archive.runs) as Run[]).map(([, high]) => high);
  const damage = await damagedIn(readArchive(store.FILES, archive, () => undefined));
  if (damage !== null) {
    await writeAnew(store, query, archive, highs);
    return { month: archive.month, events: 0 };
  }
  const segments = await restoredSegments(store.DB, query.tenant, highs);
  await commit(store.DB, [
    insistHere(store.DB, query.tenant),
    ...(await takeOut(store, query, archive, segments)),
    setRestored(store.DB, archive, null),
  ]);
  return { month: archive.month, events: archive.events };
}

/** Writes an archive again whose events are in the ledger. Errors: 409 where these are damaged. */
async function writeAnew(
  { DB, FILES }: Store,
  { tenant, realMs }: ArchiveQuery,
  archive: Archive,
  highs: readonly number[],
): Promise<void> {
  const part = new PartWriter();
  for (let at = 0; at < highs.length; at += PAGE) {
    const rows = await segmentsNamed(DB, tenant, highs.slice(at, at + PAGE));
    await fetchBodies(FILES, rows);
    for (const row of rows) {
      part.add(row);
      part.close(); // a run each, as they are named when they are taken out
    }
  }
  if (part.events !== archive.events) throw damaged(archive.objectKey, "cannot be written anew");
  const body = Buffer.concat(part.members);
  const sha256 = await sha256Hex(body);
  const objectKey = archiveKey(archive, sha256);
  const change = { objectKey, sha256, bytes: body.length, runs: JSON.stringify(part.runs) };
  await putArchive({ DB, FILES }, { ...archive, ...change }, body, realMs);
  await commit(DB, [insistHere(DB, tenant), ...replaceObject(DB, archive, change, realMs)]);
}

/** Puts the next archived part of a month back until a time; null where none is left. */
export async function restoreNext(
  store: Store,
  query: Pick<ArchiveQuery, "tenant" | "counters" | "realMs"> & { month: string; untilMs: number },
): Promise<ArchiveStep | null> {
  const { tenant, month, untilMs, counters, realMs } = query;
  const archive = await partToRestore(store.DB, tenant, month, untilMs);
  if (archive === null) return null;
  if (archive.restoredUntilMs !== null) {
    // It is there: it only stays longer.
    const highs = (JSON.parse(archive.runs) as Run[]).map(([, high]) => high);
    await commit(store.DB, [
      insistHere(store.DB, tenant),
      keepSegments(store.DB, { tenant, untilMs }, highs),
      setRestored(store.DB, archive, untilMs),
    ]);
    return { month, events: archive.events };
  }
  const { seriesUpTo } = await readWatermarks(store.DB, tenant);
  const bodies: Uint8Array[] = [];
  const segments: BackSegment[] = [];
  const packers = new Map<number, SeriesPacker>();
  let offset = 0;
  await readArchive(store.FILES, archive, (lines, [low, high, generation]) => {
    const tuples = lines.map(journalTuple);
    const texts = tuples.map((tuple) => JSON.stringify(tuple));
    const body = packBody(texts.join("\n"));
    const times = tuples.map(([, , , atMs]) => atMs);
    const quarters = [...new Set(times.map(quarterOf))];
    const span = { tsMin: Math.min(...times), tsMax: Math.max(...times) };
    segments.push({ high, low, generation, ...span, offset, length: body.length, quarters });
    bodies.push(body);
    offset += body.length;
    if (high > seriesUpTo) return;
    const packer = packers.get(generation) ?? new SeriesPacker(Number.POSITIVE_INFINITY, counters);
    packers.set(generation, packer);
    packer.add(low, texts.join("\n"));
  });
  const { gone, blocks } = await seriesWithout(store.DB, archive, counters);
  const back = [...packers.values()].flatMap((packer) => packer.blocks());
  const whole = Buffer.concat(bodies);
  const objectKey = await segmentsKey(tenant, whole, archive);
  // One that no row comes to name goes by itself.
  await forgetUnused(store.DB, tenant, objectKey, realMs).run();
  await store.FILES.put(objectKey, whole);
  await commit(store.DB, [
    insistHere(store.DB, tenant),
    ...insertSegments(store.DB, { tenant, untilMs, objectKey }, segments),
    rememberUsed(store.DB, tenant, objectKey),
    ...changeSeries(store.DB, tenant, gone, [...blocks, ...back], rowsOfValues),
    setRestored(store.DB, archive, untilMs),
  ]);
  return { month, events: archive.events };
}
