/**
 * Importing a file: its lines into batches, a few of them under way at once, answered in the file's
 * order. It is written down how far it came, so that the next run goes on there.
 */
import { createHash, type Hash } from "node:crypto";
import { rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { TextForm } from "../../../src/metering/file/encoding.ts";
import type { Reader, Usage } from "../../../src/metering/file/format.ts";
import type { Line } from "../../../src/metering/file/line.ts";
import { type Reject, rejectLine, UNREADABLE } from "../../../src/metering/file/reject.ts";
import { UserError } from "../process.ts";
import { progressBar, rateText } from "../progress.ts";
import type { Problem } from "../refused.ts";
import { atPath } from "../user-file.ts";
import { bytesIn } from "./line-file.ts";
import { readRecords } from "./record-file.ts";
import { type State, writeState } from "./state.ts";
import type { Target } from "./target.ts";

/** Of the API's own limits. */
const BATCH_EVENTS = 5_000;
const BATCH_BYTES = 1_900_000;
const UNDER_WAY = 4;
/** The code of an event whose id was used by another. */
const CONFLICT = "usage.conflict";
/** It is written down so often how far an import came. */
const KEEP_MS = 500;

type Result = Partial<Problem> & { status: number };
type Alert = { message: string };
type Answer = { accepted: number; duplicates: number; results: Result[]; alerts: Alert[] };

type Batch = {
  events: { text: string; line: number }[];
  bytes: number;
  /** What the file says before the batch's end that is no event. */
  rejects: Reject[];
  lines: number;
  end: number;
  /** Null after a line that may still grow: the next run reads it again. */
  digest: string | null;
};

export type Done = {
  /** Lines that earlier runs had sent. */
  resumed_lines: number;
  lines: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Rejects by their code. */
  reasons: Record<string, number>;
  alerts: string[];
};

export type Import = {
  file: string;
  form: TextForm;
  rejectsFile: string;
  reader: Reader;
  target: Target;
  /** Where to go on, or the beginning. */
  state: State;
};

/** Errors: `UserError` for a file that changed where it was read, and as `Target.call`. */
export async function importFile(given: Import) {
  const { file, form, rejectsFile, reader, state } = given;
  const total = bytesIn(file, form);
  const done: Done = {
    resumed_lines: 0,
    lines: 0,
    accepted: 0,
    duplicates: 0,
    rejected: 0,
    reasons: {},
    alerts: [],
  };
  const rejects = new RejectsFile(rejectsFile, state.rejectsBytes);
  const bar = progressBar("import", total);
  const underWay: Promise<[Batch, Answer]>[] = [];
  const startedMs = performance.now();
  const { keep, end } = stateKeeper(file);
  const settleOldest = async () => {
    const [batch, answer] = (await underWay.shift()) ?? [];
    if (!batch || !answer) return;
    settle(done, rejects, batch, reader.knowsById ? withKnown(answer) : answer);
    const { end: offset, digest } = batch;
    if (digest !== null) keep({ ...state, offset, digest, rejectsBytes: rejects.bytes });
    const elapsedMs = performance.now() - startedMs;
    bar.advance(offset, () => rateText(offset / total, done.lines, elapsedMs));
  };
  for await (const batch of batchesOf(given, done)) {
    const sent = send(given, batch).then((answer): [Batch, Answer] => [batch, answer]);
    sent.catch(() => {}); // its turn to be looked at comes
    underWay.push(sent);
    if (underWay.length >= UNDER_WAY) await settleOldest();
  }
  while (underWay.length > 0) await settleOldest();
  end();
  bar.end();
  return done;
}

/** Writes states down, the last one certainly; what is lost in between is sent again. */
function stateKeeper(file: string): { keep: (state: State) => void; end: () => void } {
  let [writtenMs, waiting]: [number, State | null] = [Number.NEGATIVE_INFINITY, null];
  const end = () => {
    if (waiting) writeState(file, waiting);
    [writtenMs, waiting] = [performance.now(), null];
  };
  const keep = (state: State) => {
    waiting = state;
    if (performance.now() - writtenMs >= KEEP_MS) end();
  };
  return { keep, end };
}

/** The file's batches after what was sent already; what was, is read for its ids and digest. */
async function* batchesOf(
  { file, form, reader, state }: Import,
  done: Done,
): AsyncGenerator<Batch> {
  const hash = createHash("sha256");
  let batch = emptyBatch();
  let end = 0;
  const cut = (whole = true): Batch => {
    const { digest, full } = { digest: whole ? digestOf(hash) : null, full: batch };
    batch = emptyBatch();
    return { ...full, end, digest };
  };
  for await (const lines of readRecords(file, reader, form)) {
    for (const line of lines) {
      const reading = reader.readLine(line);
      if (line.end <= state.offset) {
        skip(hash, line, state);
        done.resumed_lines++;
        end = line.end;
        continue;
      }
      if (end < state.offset) throw changed(state);
      const events = "events" in reading ? reading.events : [];
      const bytes = bytesOf(events);
      const isFull =
        batch.events.length + events.length > BATCH_EVENTS || batch.bytes + bytes > BATCH_BYTES;
      if ((isFull || !line.whole) && batch.lines > 0) yield cut();
      for (const { text } of events) batch.events.push({ text, line: line.number });
      if ("fault" in reading) batch.rejects.push(unreadable(line, reading.fault));
      batch.bytes += bytes;
      batch.lines++;
      hash.update(line.bytes);
      end = line.end;
      if (!line.whole) yield cut(false);
    }
  }
  if (end < state.offset) throw changed(state);
  if (batch.lines > 0) yield cut();
}

function emptyBatch(): Batch {
  return { events: [], bytes: 0, rejects: [], lines: 0, end: 0, digest: null };
}

/** Errors: `UserError` where what was read is not what it was. */
function skip(hash: Hash, { bytes, end }: Line, state: State): void {
  hash.update(bytes);
  if (end === state.offset && digestOf(hash) !== state.digest) throw changed(state);
}

function changed({ offset }: State): UserError {
  return new UserError(
    `the file changed in the ${offset} bytes that were imported already; --restart reads it ` +
      "from its beginning (what was recorded and is unchanged counts once)",
  );
}

function digestOf(hash: Hash): string {
  return hash.copy().digest("hex");
}

function bytesOf(events: Usage[]): number {
  return events.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
}

function unreadable({ number, text }: Line, reason: string): Reject {
  return { line: number, code: UNREADABLE, reason, text };
}

async function send({ target, reader }: Import, { events }: Batch): Promise<Answer> {
  if (events.length === 0) return { accepted: 0, duplicates: 0, results: [], alerts: [] };
  await reader.prepare?.();
  const body = `[${events.map(({ text }) => text).join(",")}]`;
  return target.call<Answer>("POST", "/api/usage/events", body, JSON.parse);
}

/** An id that was used before is a duplicate, whatever its event says now. */
function withKnown(answer: Answer): Answer {
  const results = answer.results.map((result) =>
    result.code === CONFLICT ? { status: 200 } : result,
  );
  const known = answer.results.filter(({ code }) => code === CONFLICT).length;
  return { ...answer, results, duplicates: answer.duplicates + known };
}

function settle(done: Done, file: RejectsFile, batch: Batch, answer: Answer): void {
  const refused = answer.results.flatMap((result, i): Reject[] => {
    const event = batch.events[i];
    if (result.status < 300 || !event) return [];
    const { line, text } = event;
    return [{ line, code: result.code ?? "unknown", reason: reasonOf(result), event: text }];
  });
  const rejects = [...batch.rejects, ...refused].sort((a, b) => a.line - b.line);
  file.add(rejects);
  done.lines += batch.lines;
  done.accepted += answer.accepted;
  done.duplicates += answer.duplicates;
  done.rejected += rejects.length;
  for (const { code } of rejects) done.reasons[code] = (done.reasons[code] ?? 0) + 1;
  done.alerts.push(...answer.alerts.map(({ message }) => message));
}

function reasonOf({ detail, errors = [] }: Result): string {
  return errors.length === 0
    ? (detail ?? "refused")
    : errors.map(({ pointer, detail: why }) => `${pointer} ${why}`).join("; ");
}

/** Rejects after those of earlier runs; there is no file where there are none. */
class RejectsFile {
  readonly #path: string;
  bytes: number;

  constructor(path: string, bytes: number) {
    this.#path = path;
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    this.bytes = isThere ? bytes : 0;
    if (this.bytes > 0) truncateSync(path, this.bytes);
    else rmSync(path, { force: true });
  }

  add(rejects: Reject[]): void {
    if (rejects.length === 0) return;
    const text = rejects.map(rejectLine).join("");
    atPath(this.#path, () => writeFileSync(this.#path, text, { flag: "a" }));
    this.bytes += Buffer.byteLength(text);
  }
}
