/**
 * All of a tenant's data as an archive: rows of every table as NDJSON, events as compressed NDJSON,
 * files, and a manifest at its end. It is written while it is read, a page at a time; one that is
 * long ends early, with the place where the next one goes on.
 */
import { gzipSync } from "node:zlib";
import { Problem } from "../../core/errors.ts";
import { letterOf } from "../../delivery/email/sealed-letter.ts";
import { type Run, readArchive } from "../../metering/ledger/archive.ts";
import { ndjsonOf } from "../../metering/ledger/archive-line.ts";
import { segmentsAfter } from "../../metering/ledger/archive-rows.ts";
import { nextArchive } from "../../metering/ledger/archive-store.ts";
import { fetchBodies, segmentLines } from "../../metering/ledger/ledger.ts";
import { damagedIn } from "../../metering/ledger/stored.ts";
import { readStore, readWatermarks } from "../../metering/ledger/watermark.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { decodeCursor, encodeCursor } from "../../platform/http/http.ts";
import type { ZipFile } from "../../platform/http/zip.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { keysOf, ownerOf } from "./files.ts";
import { EXPORT_VERSION } from "./limits.ts";
import { readPage, type TableRow } from "./rows.ts";
import { LAST_SECTIONS, SECTIONS, type Section } from "./sections.ts";

/** What one archive holds at most, beside its last page; the next one goes on. */
const MOST_BYTES = 200_000_000;
/** Segments of one file of events. */
const SEGMENTS = 5;

/** What of an archive a file is: rows of tables, events, or a file as it was kept. */
export type FileKind = "rows" | "events" | "file" | "last";
export type ManifestFile = {
  name: string;
  kind: FileKind;
  bytes: number;
  sha256: string;
  /** Rows, or events. */
  count: number;
  /** Of events: [first sequence, last one, place in the file, bytes], each compressed by itself. */
  runs?: number[][];
};
export type Manifest = {
  format: "boxcostpro-export";
  version: number;
  tenant_id: string;
  created_at: string;
  files: ManifestFile[];
  /** Files that the installation has no more, or not as they were written; of events also which. */
  lacks: Lacking[];
  /** How far the events were when this archive ended. */
  events_up_to: number;
  /** Where this archive begins, as the one before it says; null where it is the first one. */
  cursor: string | null;
  /** Where the next archive goes on; null where this is the last one. */
  next_cursor: string | null;
};

type Place = readonly (string | number)[];
type Piece = {
  name: string;
  kind: FileKind;
  bytes: Uint8Array<ArrayBuffer>;
  count: number;
  runs?: number[][];
};
/** What is not there to be taken along. */
export type Lacking = { file: string; events?: [first: number, last: number] };
type Step = { pieces: Piece[]; next: Place | null; lacks?: Lacking[] };
/** Reads what is behind a place; null for the beginning. */
type Source = {
  /** Of a place. */
  parts: number;
  read: (env: Env, tenant: string, after: Place | null) => Promise<Step>;
};

const SOURCES: readonly Source[] = [
  ...SECTIONS.map((section) => rowsSource(section, "rows")),
  // Before those that are archived: what is archived meanwhile is in both, and never in neither.
  { parts: 1, read: liveEvents },
  { parts: 2, read: archivedEvents },
  ...LAST_SECTIONS.map((section) => rowsSource(section, "last")),
];

function rowsSource(section: Section, kind: FileKind): Source {
  const read: Source["read"] = async (env, tenant, after) => {
    const { DB } = section.ofLedger ? await readStore(env, tenant) : env;
    const { rows, next } = await readPage(DB, section, tenant, after);
    if (rows.length === 0) return { pieces: [], next };
    const opened = await Promise.all(rows.map((row) => inClear(env, row)));
    const text = opened.map((row) => `${JSON.stringify(row)}\n`).join("");
    const from = after === null ? "first" : after.join("-").replaceAll(/[^\w.-]/g, "_");
    const name = `${section.name}/${from.slice(0, 100)}.ndjson`;
    const bytes = Buffer.from(text) as Uint8Array<ArrayBuffer>;
    const piece = { name, kind, bytes, count: rows.length };
    const { pieces, lacks } = await filesOf(env, tenant, rows);
    return { pieces: [piece, ...pieces], next, lacks };
  };
  return { parts: section.key.length, read };
}

/** A letter lies sealed by the installation; who moves out takes it as it was written. */
async function inClear(env: Env, line: TableRow): Promise<TableRow> {
  const { table, row } = line;
  if (table !== "emails" || !row.sealed) return line;
  const letter = { id: String(row.id), html: String(row.html), plain: String(row.plain) };
  const { html, plain } = await letterOf(env, { ...letter, sealed: true });
  return { table, row: { ...row, html, plain, sealed: 0 } };
}

async function filesOf(
  env: Env,
  tenant: string,
  rows: readonly TableRow[],
): Promise<Required<Pick<Step, "pieces" | "lacks">>> {
  const pieces: Piece[] = [];
  const lacks: Lacking[] = [];
  for (const key of keysOf(tenant, rows)) {
    const own = bucketOf(env, ownerOf(key) ?? tenant);
    // What the operator issued to the tenant shows the operator's logo.
    const stored = (await own.get(key)) ?? (await env.FILES.get(key));
    if (!stored) {
      // Those of imports and e-mails go once they are no longer wanted.
      if (/^(?:attachment|logo)\//.test(key)) lacks.push({ file: key });
      continue;
    }
    const bytes = new Uint8Array(await stored.arrayBuffer());
    pieces.push({ name: `files/${key}`, kind: "file", bytes, count: 1 });
  }
  return { pieces, lacks };
}

async function liveEvents(env: Env, tenant: string, after: Place | null): Promise<Step> {
  const { DB } = await readStore(env, tenant);
  const read = Number(after?.[0] ?? 0);
  const all = await segmentsAfter(DB, tenant, read, SEGMENTS);
  const lacks: Lacking[] = [];
  const files = bucketOf(env, tenant);
  if ((await damagedIn(fetchBodies(files, all))) !== null) {
    for (const row of all) {
      const file = await damagedIn(fetchBodies(files, [row]));
      if (file !== null) lacks.push({ file, events: [Math.max(row.low, read + 1), row.high] });
    }
  }
  const stored = all.filter(({ high }) => !lacks.some(({ events }) => events?.[1] === high));
  const end = all.at(-1);
  // One that was merged between two pieces begins with events of the piece before.
  const rows = stored.map(({ low, ...row }) => ({ ...row, low: Math.max(low, read + 1) }));
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return { pieces: [], next: end ? [end.high] : null, lacks };
  const isNew = ({ seq }: { seq: number }) => seq > read;
  const members = stored.map((row) => gzipSync(ndjsonOf(segmentLines(row).filter(isNew))));
  let offset = 0;
  const runs = rows.map(({ low, high }, i) => {
    const bytes = members[i]?.length ?? 0;
    offset += bytes;
    return [low, high, offset - bytes, bytes];
  });
  const piece: Piece = {
    name: `events/${first.low}-${last.high}.ndjson.gz`,
    kind: "events",
    bytes: Buffer.concat(members) as Uint8Array<ArrayBuffer>,
    count: rows.reduce((sum, { low, high }) => sum + high - low + 1, 0),
    runs,
  };
  return { pieces: [piece], next: [end?.high ?? last.high], lacks };
}

async function archivedEvents(env: Env, tenant: string, after: Place | null): Promise<Step> {
  const behind = after && { month: String(after[0]), part: Number(after[1]) };
  const archive = await nextArchive((await readStore(env, tenant)).DB, tenant, behind);
  if (!archive) return { pieces: [], next: null };
  const next = [archive.month, archive.part];
  // A restored part is among the live events.
  if (archive.restoredUntilMs !== null) return { pieces: [], next };
  let bytes = new Uint8Array();
  const file = await damagedIn(
    readArchive(bucketOf(env, tenant), archive, () => undefined).then((read) => {
      bytes = read;
    }),
  );
  if (file !== null) {
    return { pieces: [], next, lacks: [{ file, events: [archive.low, archive.high] }] };
  }
  const runs = (JSON.parse(archive.runs) as Run[]).map(([low, high, , ...place]) => {
    return [low, high, ...place];
  });
  const name = `events/${archive.month}-${archive.part}.ndjson.gz`;
  return { pieces: [{ name, kind: "events", bytes, count: archive.events, runs }], next };
}

/** The files of an archive from a cursor on, the manifest last. */
export async function* exportFiles(
  given: Env,
  tenant: string,
  { place: begin, createdAt }: { place: ExportPlace; createdAt: string },
): AsyncGenerator<ZipFile, undefined> {
  const { env, hasRoom } = countingQueries(given);
  let [at, place] = begin;
  const files: ManifestFile[] = [];
  const lacks: Lacking[] = [];
  const names = new Set<string>();
  let bytes = 0;
  for (;;) {
    const source = SOURCES[at];
    if (!source || !hasRoom() || bytes > MOST_BYTES) break;
    const { pieces, next, lacks: some = [] } = await source.read(env, tenant, place);
    lacks.push(...some);
    for (const piece of pieces) {
      if (names.has(piece.name)) continue; // a logo that several documents show
      names.add(piece.name);
      bytes += piece.bytes.length;
      const { bytes: body, ...about } = piece;
      files.push({ ...about, bytes: body.length, sha256: await sha256Hex(body) });
      yield { name: piece.name, bytes: body };
    }
    place = next;
    if (next === null) at++;
  }
  const { upTo } = await readWatermarks((await readStore(env, tenant)).DB, tenant);
  const manifest: Manifest = {
    format: "boxcostpro-export",
    version: EXPORT_VERSION,
    tenant_id: tenant,
    created_at: createdAt,
    files,
    lacks,
    events_up_to: upTo,
    cursor: cursorOf(begin),
    next_cursor: SOURCES[at] ? cursorOf([at, place]) : null,
  };
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  yield { name: "manifest.json", bytes: Buffer.from(text) };
  return undefined;
}

/** Where an archive begins: which source, and behind what of it. */
export type ExportPlace = readonly [at: number, place: Place | null];

function cursorOf([at, place]: ExportPlace): string | null {
  return at === 0 && place === null ? null : encodeCursor([at, JSON.stringify(place)]);
}

/** The place in a manifest's `next_cursor`, or the beginning. Errors: 422. */
export function placeOf(cursor: string | null): ExportPlace {
  if (cursor === null) return [0, null];
  const [at, text] = decodeCursor(cursor, 2);
  const source = SOURCES[Number(at)];
  const place = source && behindOf(String(text));
  if (place === null || (place && place.length === source?.parts)) return [Number(at), place];
  throw new Problem("request.cursor_invalid", "after must be the next_cursor of a manifest");
}

function behindOf(text: string): Place | null | undefined {
  if (!/^(?:null|\[[^[\]{}]*\])$/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Place | null;
  } catch {
    return undefined;
  }
}
