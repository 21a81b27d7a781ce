/**
 * An import that is read from a file: its first lines are shown as they would be recorded, then all
 * of them are put aside, some thousands a call, where they count for nothing. The file is read from
 * its beginning by each call, since ids count equal lines, and a piece at a time.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { formOf, type TextForm, Utf8Of } from "../file/encoding.ts";
import { FileFault } from "../file/fault.ts";
import { FORMATS, type Format, LineReader, type Usage } from "../file/format.ts";
import { type Guess, guessFile } from "../file/guess.ts";
import { linesOf } from "../file/line.ts";
import { refusalOf, Showing, type Shown, takenItem } from "../file/shown.ts";
import {
  beginReading,
  countedBefore,
  type FileProgress,
  type ImportFile,
  noteDropped,
  noteProgress,
  putImportFile,
  readImportFile,
} from "./file-store.ts";
import { importOf, MAX_IMPORT_EVENTS } from "./import.ts";
import { insertStaged, insistCapacity, insistStatus } from "./import-store.ts";
import type { FileOptions, LineError } from "./table.ts";

export const MAX_FILE_BYTES = 10_000_000;
/** What is read to tell how a file is written, and to show its first lines. */
const HEAD_BYTES = 65_536;
const RANGE_BYTES = 1_000_000;
/** Events that one call puts aside, and that one statement does. */
const CALL_EVENTS = 10_000;
const BATCH_EVENTS = 2_000;
/** Lines of which it is kept why they could not be taken, with so much of their text. */
export const MAX_LINE_ERRORS = 100;
const SHOWN_TEXT = 200;
const SHOWN_REASON = 300;
const ALL = 1_000;

/** Refuses metrics that the actor may not import. */
export type InsistMetrics = (metrics: readonly string[]) => Promise<void>;

function keyOf({ tenantId }: Pick<Actor, "tenantId">, importId: string): string {
  return `import/${tenantId}/${importId}`;
}

/**
 * Gives an open import the file that it is read from. Errors: 404, 409 where it is no longer open,
 * 422 for a file that is no text or has nothing in it.
 */
export async function putFile(
  env: Env,
  actor: Actor,
  importId: string,
  { name, bytes }: { name: string; bytes: Uint8Array },
): Promise<FileLook> {
  const { id } = await importOf(env, actor, importId);
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  await asProblem(() => headOf(head, bytes.length, {}));
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
  await commit(env.DB, [
    insistStatus(env.DB, id, ["open"]),
    putImportFile(env.DB, { importId: id, name, bytes: bytes.length, digest }),
    ...beginReading(env.DB, id, {}),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, { action: "usage.import_file", target: id }, actor.realMs),
  ]);
  await bucketOf(env, actor.tenantId).put(keyOf(actor, id), bytes);
  return lookAtFile(env, actor, id, {});
}

/** The file of an import. Errors: 404. */
export async function fileOf(env: Env, actor: Actor, importId: string): Promise<ImportFile> {
  const { id } = await importOf(env, actor, importId);
  const file = await readImportFile(env.DB, id);
  if (!file) throw notFound("file of the import");
  return file;
}

export type FileLook = {
  file: ImportFile;
  encoding: string;
  guess: Guess;
  /** The first lines as they would be recorded, or why not. */
  shown: Shown[];
  /** Why nothing of it can be read in this way, or null. */
  fault: string | null;
  /** Another import that counts and was read from the same bytes, or null. */
  countedBefore: string | null;
};

/** The first lines of a file, read as the options say; writes nothing. Errors: 404, 422. */
export async function lookAtFile(
  env: Env,
  actor: Actor,
  importId: string,
  options: FileOptions,
): Promise<FileLook> {
  const file = await fileOf(env, actor, importId);
  const stored = await bucketOf(env, actor.tenantId).get(keyOf(actor, file.importId), {
    range: { offset: 0, length: HEAD_BYTES },
  });
  if (!stored) throw notFound("file of the import");
  const bytes = Buffer.from(await stored.arrayBuffer());
  const [head, before] = await Promise.all([
    asProblem(() => headOf(bytes, file.bytes, options)),
    countedBefore(env.DB, actor.tenantId, file),
  ]);
  const showing = new Showing();
  const fault = await faultIn(async () => {
    const reader = readerOf(head.guess, options);
    for await (const lines of linesOf(once(head.text), reader.goesOn, head.form)) {
      for (const line of lines) showing.add(line.number, reader.readLine(line), actor.nowMs);
    }
  });
  return {
    file,
    encoding: head.form.encoding,
    guess: head.guess,
    shown: showing.lines,
    fault,
    countedBefore: before,
  };
}

type Head = { form: TextForm; guess: Guess; text: Buffer };

/** How a file is written, by its first bytes. Errors: `FileFault`. */
async function headOf(bytes: Buffer, size: number, options: FileOptions): Promise<Head> {
  const form = formOf(bytes, options.encoding);
  const decoded = new Utf8Of(form.encoding).of(bytes);
  const isWhole = bytes.length >= size;
  // A line that the head cuts is no line of the file.
  const end = isWhole ? decoded.length : decoded.lastIndexOf(form.lineEnd) + 1;
  const text = decoded.subarray(0, end || decoded.length);
  const lines: string[] = [];
  for await (const some of linesOf(once(text), null, form)) {
    for (const line of some) if (line.fault === null) lines.push(line.text);
  }
  return { form, guess: guessFile(lines), text };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function readerOf({ format: guessed }: Guess, { format, ...options }: FileOptions): LineReader {
  const named = format === undefined ? guessed : FORMATS.find((known) => known === format);
  if (named === undefined) throw new FileFault(`--format is one of ${FORMATS.join(", ")}`);
  return new LineReader(named satisfies Format, options, parseJsonExactly);
}

/** What a file is at fault of, or null. */
async function faultIn(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof FileFault) return error.message;
    throw error;
  }
}

/** Errors: what is wrong with a file, as 422. */
async function asProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileFault) throw invalidField("/file", error.message);
    throw error;
  }
}

export type FileRead = { file: ImportFile; done: boolean };

/**
 * Puts the next thousands of a file's events aside. Other options than before begin anew, and let
 * go what was put aside. Errors: 404, 409 where the import is no longer open, 413 for more events
 * than an import holds, 422 where nothing can be read in this way.
 */
export async function readFile(
  env: Env,
  actor: Actor,
  importId: string,
  options: FileOptions,
  insist: InsistMetrics,
): Promise<FileRead> {
  const held = await fileOf(env, actor, importId);
  const { id, name, status } = await importOf(env, actor, importId);
  if (status !== "open") throw new Problem("resource.conflict", "the import is not open");
  const isSame = held.lines > 0 && JSON.stringify(options) === JSON.stringify(held.options);
  if (isSame && held.readThousandths === ALL) return { file: held, done: true };
  const file = isSame ? held : { ...held, lines: 0, events: 0, wrong: 0, errors: [] };
  const { rows, metrics, progress } = await asProblem(() => nextOf(env, actor, file, options));
  if (progress.events > MAX_IMPORT_EVENTS) {
    const detail = `an import has at most ${MAX_IMPORT_EVENTS} events; split the file`;
    throw new Problem("request.too_large", detail);
  }
  await insist([...metrics]);
  // A source of its own, as `stageEvents` gives it.
  const staged = rows.map(({ id, item }) => ({
    id,
    item: JSON.stringify({ ...item, source: `import:${name}` }),
  }));
  const batches: D1PreparedStatement[] = [];
  for (let at = 0; at < staged.length; at += BATCH_EVENTS) {
    batches.push(insertStaged(env.DB, id, staged.slice(at, at + BATCH_EVENTS)));
  }
  await commit(env.DB, [
    insistStatus(env.DB, id, ["open"]),
    ...(isSame ? [] : beginReading(env.DB, id, options)),
    ...batches,
    insistCapacity(env.DB, id, MAX_IMPORT_EVENTS),
    noteProgress(env.DB, id, progress),
    insistRoom(env.DB, actor, "stored_bytes"),
  ]);
  const done = progress.readThousandths === ALL;
  return { file: { ...file, options, ...progress }, done };
}

type Row = { id: string; item: Record<string, unknown> };
type Next = { rows: Row[]; metrics: Set<string>; progress: FileProgress };

/** The events behind the lines that were read. Errors: `FileFault`. */
async function nextOf(
  env: Env,
  actor: Actor,
  file: ImportFile,
  options: FileOptions,
): Promise<Next> {
  const key = keyOf(actor, file.importId);
  const first = await bucketOf(env, actor.tenantId).get(key, {
    range: { offset: 0, length: HEAD_BYTES },
  });
  if (!first) throw notFound("file of the import");
  const { form, guess } = await headOf(Buffer.from(await first.arrayBuffer()), file.bytes, options);
  const reader = readerOf(guess, options);
  const next: Next = {
    rows: [],
    metrics: new Set(),
    progress: { ...file, errors: [...file.errors] },
  };
  const { progress } = next;
  let [passed, bytes] = [0, 0];
  const pieces = decoded(bucketOf(env, actor.tenantId), key, file, form, (length) => {
    bytes += length;
  });
  for await (const lines of linesOf(pieces, reader.goesOn, form)) {
    for (const line of lines) {
      const reading = reader.readLine(line);
      if (passed++ < file.lines) continue;
      if (next.rows.length >= CALL_EVENTS) {
        progress.lines = passed - 1;
        progress.readThousandths = Math.min(ALL - 1, Math.floor((bytes * ALL) / file.bytes));
        return next;
      }
      if ("fault" in reading) noteWrong(progress, line.number, line.text, reading.fault);
      else for (const usage of reading.events) take(next, actor.nowMs, line.number, usage);
    }
  }
  progress.lines = passed;
  progress.readThousandths = ALL;
  return next;
}

/** A file's bytes in UTF-8, a range at a time, so that no more of it is ever held. */
async function* decoded(
  files: R2Bucket,
  key: string,
  { bytes }: ImportFile,
  { encoding }: TextForm,
  note: (length: number) => void,
): AsyncGenerator<Buffer> {
  const utf8 = new Utf8Of(encoding);
  for (let offset = 0; offset < bytes; offset += RANGE_BYTES) {
    const length = Math.min(RANGE_BYTES, bytes - offset);
    const part = await files.get(key, { range: { offset, length } });
    if (!part) throw notFound("file of the import");
    note(length);
    yield utf8.of(Buffer.from(await part.arrayBuffer()));
  }
  yield utf8.end();
}

/** Puts an event into the next rows, or notes why it cannot be taken. */
function take({ rows, metrics, progress }: Next, nowMs: number, line: number, usage: Usage): void {
  const { text } = usage;
  const why = faultOf(usage, nowMs);
  if (why !== null) {
    noteWrong(progress, line, text, why);
    return;
  }
  const { id, metric_name, quantity, timestamp, user_id, metadata } = usage.item;
  rows.push({ id: String(id), item: { id, metric_name, quantity, timestamp, user_id, metadata } });
  metrics.add(String(metric_name));
  progress.events++;
}

function faultOf({ text, item }: Usage, nowMs: number): string | null {
  if (item.tenant !== undefined) return "it names a tenant; an import is one tenant's";
  const taken = takenItem(item, nowMs);
  if (taken === null) return refusalOf(text, nowMs) ?? "it is no event";
  if (taken.atMs === null) return "it has no timestamp";
  return taken.atMs > nowMs ? `its time ${timeText(taken.atMs)} is not past yet` : null;
}

function noteWrong(progress: FileProgress, line: number, text: string, reason: string): void {
  progress.wrong++;
  if (progress.errors.length >= MAX_LINE_ERRORS) return;
  const error: LineError = {
    line,
    text: text.slice(0, SHOWN_TEXT),
    reason: reason.slice(0, SHOWN_REASON),
  };
  progress.errors.push(error);
}

/** Lets go of the bytes of an import's file once nothing more is read of it. */
export async function dropFile(env: Env, actor: Actor, importId: string): Promise<void> {
  await bucketOf(env, actor.tenantId).delete(keyOf(actor, importId));
  await noteDropped(env.DB, importId).run();
}
