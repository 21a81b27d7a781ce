/**
 * Usage from before the window that recording takes, through a named import: staged, looked at,
 * then committed. Safe to run again under the same name.
 */
import { parseTime } from "../../../src/core/time.ts";
import { BACK_MS } from "../../../src/metering/event/window.ts";
import type { TextForm } from "../../../src/metering/file/encoding.ts";
import type { Reader } from "../../../src/metering/file/format.ts";
import { type Reject, UNREADABLE } from "../../../src/metering/file/reject.ts";
import { Showing, type Shown } from "../../../src/metering/file/shown.ts";
import { foreignId } from "../../../src/metering/intake/foreign.ts";
import { UserError } from "../process.ts";
import { progressBar, rateText } from "../progress.ts";
import { Refused } from "../refused.ts";
import { bytesIn } from "./line-file.ts";
import { readRecords } from "./record-file.ts";
import type { Target } from "./target.ts";

/** Of the API's own limits. */
const CHUNK_EVENTS = 2_000;
const CHUNK_BYTES = 900_000;

type Named = { id: string; name: string; status: string; staged: number; recorded: number };
type Preview = { settlements: { start: string; currency: string; amount: number }[] };
type Staged = { text: string; line: number };

export type Backfilled = {
  import: Named;
  /** Events that recording itself takes. */
  left_out: number;
  settlements: Preview["settlements"];
  rejects: Reject[];
  /** The first lines, and a few further ones that are refused. */
  shown: Shown[];
};

export type Backfill = {
  file: string;
  form: TextForm;
  name: string;
  reader: Reader;
  target: Target;
  nowMs: number;
  /** False: staged and looked at, but counting for nothing. */
  commits: boolean;
};

/** Errors: `UserError` for a name whose import is over, for too many events; as `Target.call`. */
export async function backfillFile(backfill: Backfill): Promise<Backfilled> {
  const { target, name, commits } = backfill;
  const named = await openImport(target, name);
  const path = `/api/usage/imports/${named.id}`;
  const staged: Omit<Backfilled, "import" | "settlements"> = {
    left_out: 0,
    rejects: [],
    shown: [],
  };
  if (named.status === "open") await stageFile(backfill, path, staged);
  const { settlements } = await target.call<Preview>("GET", `${path}/preview`);
  const imported = commits ? await commit(target, path) : await target.call<Named>("GET", path);
  return { import: imported, settlements, ...staged };
}

async function openImport(target: Target, name: string): Promise<Named> {
  try {
    return await target.call<Named>("POST", "/api/usage/imports", JSON.stringify({ name }));
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.status !== 409) throw error;
  }
  const named = await findImport(target, name);
  if (named.status === "open" || named.status === "committing") return named;
  throw new UserError(`the import ${name} is ${named.status} already; choose another name`);
}

async function findImport(target: Target, name: string): Promise<Named> {
  type Page = { data: Named[]; next_cursor: string | null };
  for (let cursor = ""; ; ) {
    const path = `/api/usage/imports?limit=200${cursor}`;
    const { data, next_cursor } = await target.call<Page>("GET", path);
    const found = data.find((each) => each.name === name);
    if (found) return found;
    if (next_cursor === null) throw new UserError(`no import is called ${name}`);
    cursor = `&cursor=${encodeURIComponent(next_cursor)}`;
  }
}

async function commit(target: Target, path: string): Promise<Named> {
  for (;;) {
    const { done, ...named } = await target.call<Named & { done: boolean }>(
      "POST",
      `${path}/commit`,
      "{}",
    );
    if (done) return named;
  }
}

async function stageFile(
  { file, form, reader, target, nowMs, commits }: Backfill,
  path: string,
  staged: Omit<Backfilled, "import" | "settlements">,
): Promise<void> {
  const total = bytesIn(file, form);
  const showing = new Showing();
  const bar = progressBar("backfill", total);
  const startedMs = performance.now();
  let [chunk, bytes, count]: [Staged[], number, number] = [[], 0, 0];
  const send = async () => {
    if (commits) await reader.prepare?.();
    if (chunk.length > 0) staged.rejects.push(...(await stage(target, path, chunk)));
    [chunk, bytes] = [[], 0];
  };
  for await (const lines of readRecords(file, reader, form)) {
    for (const each of lines) {
      const { number: line, text: whole } = each;
      const reading = reader.readLine(each);
      showing.add(line, reading, nowMs);
      if ("fault" in reading) {
        staged.rejects.push({ line, code: UNREADABLE, reason: reading.fault, text: whole });
        continue;
      }
      for (const { text: sent, item } of reading.events) {
        const atMs = parseTime(String(item.timestamp)) ?? 0;
        if (atMs >= nowMs - BACK_MS) {
          staged.left_out++;
          continue;
        }
        const text = reader.knowsById ? stagedText(sent) : sent;
        const size = Buffer.byteLength(text) + 1;
        if (chunk.length === CHUNK_EVENTS || bytes + size > CHUNK_BYTES) await send();
        chunk.push({ text, line });
        bytes += size;
      }
    }
    count += lines.length;
    const end = lines.at(-1)?.end ?? 0;
    bar.advance(end, () => rateText(end / total, count, performance.now() - startedMs));
  }
  await send();
  staged.shown.push(...showing.lines);
  bar.end();
}

/**
 * A foreign event as an import takes it, whose events have no source: it is a part of their ids.
 * Errors: `UserError` for one of another tenant, since an import is of one.
 */
function stagedText(text: string): string {
  const { tenant, source, id, ...event } = JSON.parse(text) as Record<string, unknown>;
  if (tenant === undefined) {
    return JSON.stringify({ ...event, id: foreignId(`${source}:${id}`) });
  }
  throw new UserError(
    `an import is of one tenant, and the file has usage of ${tenant}: say --tenant, and --only ` +
      "with that customer's id in the file, for each of them",
  );
}

/** Stages what the API takes; answers the rest. Errors: `UserError` for too many events. */
async function stage(target: Target, path: string, chunk: Staged[]): Promise<Reject[]> {
  const body = `{"events":[${chunk.map(({ text }) => text).join(",")}]}`;
  try {
    await target.call("POST", `${path}/events`, body);
    return [];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem.status === 413) {
      throw new UserError(`${error.message}; split the file and give each part a name`);
    }
    // All or none are taken: the others go once more without those that it names.
    const faults = faultsOf(error);
    if (faults.size === 0) throw error;
    const rejects = [...faults].flatMap(([index, reason]): Reject[] => {
      const at = chunk[index];
      return at ? [{ line: at.line, code: error.problem.code, reason, event: at.text }] : [];
    });
    const others = chunk.filter((_, index) => !faults.has(index));
    return others.length === 0 ? rejects : [...rejects, ...(await stage(target, path, others))];
  }
}

/** What is wrong, by the event's place. */
function faultsOf({ problem }: Refused): Map<number, string> {
  const faults = new Map<number, string>();
  for (const { pointer, detail } of problem.errors ?? []) {
    const [, index, field = ""] = /^\/events\/(\d+)(.*)$/.exec(pointer) ?? [];
    if (index === undefined) continue;
    const before = faults.get(Number(index));
    faults.set(Number(index), [before, `${field} ${detail}`.trim()].filter(Boolean).join("; "));
  }
  return faults;
}
