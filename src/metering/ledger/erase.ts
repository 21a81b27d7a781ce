/**
 * Erasing a user of usage: each event keeps its quantity, time and metadata, and has another name
 * in the place of the user's, in segments, series and archives. What counts does not change. Every
 * step may be run again; it finds nothing where all is done.
 */
import { gzipSync } from "node:zlib";
import { rowsOfValues } from "../../core/rows.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Counter } from "../counter/terms.ts";
import type { Line, LineTuple } from "../event/line.ts";
import { archiveKey, putArchive, type Run, readArchive } from "./archive.ts";
import {
  changeSeries,
  rewriteSegment,
  type SeriesRow,
  segmentsAfter,
  segmentsIn,
  seriesAfter,
} from "./archive-rows.ts";
import { nextArchive, replaceObject } from "./archive-store.ts";
import { forgetUnused } from "./forgotten.ts";
import { fetchBodies, type SegmentRow, segmentLines } from "./ledger.ts";
import { bytesOfHex, packBody } from "./segment.ts";
import { type Block, SeriesPacker, unpackSeries, WHOLE } from "./series.ts";

/** Whose events, and what they are named instead. */
export type UserErasure = {
  tenant: string;
  isUser: (user: string) => boolean;
  alias: string;
  counters: ReadonlyMap<string, Counter>;
  realMs: number;
};

/** Where the next step goes on; null where it was the last. */
export type ErasePlace = readonly (string | number)[] | null;

/** Segments, and series blocks, of one step. */
const SEGMENTS = 20;
const BLOCKS = 20;

function isOf({ isUser }: UserErasure, tuple: LineTuple): boolean {
  return typeof tuple[4] === "string" && tuple[4] !== "" && isUser(tuple[4]);
}

function renamed(erasure: UserErasure, { seq, tuple }: Line): Line {
  if (!isOf(erasure, tuple)) return { seq, tuple };
  const other: LineTuple = [...tuple];
  other[4] = erasure.alias;
  return { seq, tuple: other };
}

function rewritten(db: D1Database, erasure: UserErasure, row: SegmentRow): D1PreparedStatement {
  const texts = segmentLines(row).map((line) => JSON.stringify(renamed(erasure, line).tuple));
  return rewriteSegment(db, erasure.tenant, row, packBody(texts.join("\n")));
}

/**
 * Renames the user in the next segments; their bodies move back into the database. Segments that
 * compaction moved meanwhile are read again in the next step.
 */
export async function eraseSegments(
  { DB, FILES }: Store,
  erasure: UserErasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const { tenant, realMs } = erasure;
  const after = Number(place?.[0] ?? 0);
  const rows = await segmentsAfter(DB, tenant, after, SEGMENTS);
  await fetchBodies(FILES, rows);
  const isTouched = (row: SegmentRow) =>
    segmentLines(row).some(({ tuple }) => isOf(erasure, tuple));
  const touched = rows.filter(isTouched);
  const objects = new Set(touched.flatMap(({ objectKey }) => objectKey ?? []));
  const inline = touched.filter(({ objectKey }) => objectKey === null);
  let isWhole = true;
  const rewrite = async (some: readonly SegmentRow[], then: D1PreparedStatement[]) => {
    const results = await DB.batch([...some.map((row) => rewritten(DB, erasure, row)), ...then]);
    if (results.slice(0, some.length).some(({ meta }) => meta.changes === 0)) isWhole = false;
  };
  if (inline.length > 0) await rewrite(inline, []);
  // An object goes whole: what lies beside the user's events in it moves back, too.
  for (const key of objects) {
    const beside = await segmentsIn(DB, tenant, key);
    await fetchBodies(FILES, beside);
    await rewrite(beside, [forgetUnused(DB, tenant, key, realMs)]);
  }
  if (!isWhole) return [after];
  const last = rows.at(-1);
  return last && rows.length === SEGMENTS ? [last.high] : null;
}

/** Renames the user in the next series blocks. */
export async function eraseSeries(
  { DB }: Store,
  erasure: UserErasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const { tenant, counters } = erasure;
  const [bucket = WHOLE - 1, high = 0] = (place ?? []) as number[];
  const rows = await seriesAfter(DB, tenant, { bucket, high }, BLOCKS);
  const gone: SeriesRow[] = [];
  const blocks: Block[] = [];
  for (const row of rows) {
    const lines = unpackSeries(bytesOfHex(row.body), null);
    if (!lines.some(({ tuple }) => isOf(erasure, tuple))) continue;
    const packer = new SeriesPacker(row.bucket === WHOLE ? 0 : Number.POSITIVE_INFINITY, counters);
    for (const line of lines) {
      const { seq, tuple } = renamed(erasure, line);
      packer.add(seq, JSON.stringify(tuple));
    }
    gone.push({ ...row, body: "" });
    blocks.push(...packer.blocks());
  }
  if (gone.length > 0) await DB.batch(changeSeries(DB, tenant, gone, blocks, rowsOfValues));
  const last = rows.at(-1);
  return last && rows.length === BLOCKS ? [last.bucket, last.high] : null;
}

/** Renames the user in the next archive, as another object; the old one goes like all others. */
export async function eraseArchive(
  { DB, FILES }: Store,
  erasure: UserErasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const { tenant, isUser, alias, realMs } = erasure;
  const after = place && { month: String(place[0]), part: Number(place[1]) };
  const archive = await nextArchive(DB, tenant, after);
  if (!archive) return null;
  const members: Uint8Array[] = [];
  const runs: Run[] = [];
  let [offset, found] = [0, false];
  await readArchive(FILES, archive, (lines, [low, high, generation]) => {
    const texts = lines.map((line) => {
      if (line.user_id === null || !isUser(line.user_id)) return JSON.stringify(line);
      found = true;
      return JSON.stringify({ ...line, user_id: alias });
    });
    const member = gzipSync(`${texts.join("\n")}\n`);
    members.push(member);
    runs.push([low, high, generation, offset, member.length]);
    offset += member.length;
  });
  if (found) {
    const body = Buffer.concat(members);
    const sha256 = await sha256Hex(body);
    const objectKey = archiveKey(archive, sha256);
    const change = { objectKey, sha256, bytes: body.length, runs: JSON.stringify(runs) };
    await putArchive({ DB, FILES }, { ...archive, ...change }, body, realMs);
    await DB.batch(replaceObject(DB, archive, change, realMs));
  }
  return [archive.month, archive.part];
}
