/**
 * `npm run audit -- verify`: whether an audit log, or all final documents, are what was written.
 * The hashes are made anew here, of an installation's exports or of a file of one. `note` keeps the
 * log's head in a file, which a later verify holds the log to.
 */
import { appendFileSync, createReadStream, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { BEGINNING, type Place } from "../src/core/chain.ts";
import {
  type AuditChain,
  type Found,
  headOf,
  type Kept,
  type SeriesHead,
  type Walk,
  walkDocuments,
  walkEntries,
} from "./lib/audit/walk.ts";
import { type Target, targetFrom } from "./lib/import/target.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand, UsageError, UserError } from "./lib/process.ts";
import { type Progress, progressBar } from "./lib/progress.ts";
import { atPath, insistFile } from "./lib/user-file.ts";

const USAGE = {
  command: "npm run audit",
  about:
    "verify makes each hash of an audit log, or of all final documents, anew and names what was " +
    "changed, removed or inserted since. It ends with code 1 where anything was. note adds the " +
    "log's head to a file of yours, so that a log that was cut off or written anew shows later.",
  operands: { text: "verify|note", least: 1, most: 1 },
  options: {
    documents: {
      type: "boolean",
      default: false,
      about: "all final documents, series by series, instead of the audit log",
    },
    file: {
      type: "string",
      value: "FILE",
      about:
        "an export as NDJSON (/api/exports/audit, /api/exports/document-chain): asks no " +
        "installation anything",
    },
    head: {
      type: "string",
      value: "SEQ:HASH",
      about: "a head of the audit log that was kept elsewhere, which has to be in it",
    },
    heads: {
      type: "string",
      value: "FILE",
      about: "heads that were noted: all of the log's have to be in it; note adds one a line",
    },
    tenant: { type: "string", value: "NAME", about: "the operator's key acts for this tenant" },
    url: {
      type: "string",
      value: "URL",
      about: "the installation, unless BOXCOSTPRO_URL names it",
    },
    key: { type: "string", value: "KEY", about: "a key of it, unless BOXCOSTPRO_KEY has one" },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  environment: {
    BOXCOSTPRO_URL: "the installation (default: npm start's own)",
    BOXCOSTPRO_KEY: "a key of it (default: the demo tenant's, of STATE_DIR)",
  },
  examples: [
    "npm run audit -- verify",
    "npm run audit -- verify --documents",
    "npm run audit -- verify --file audit-log.ndjson",
    "npm run audit -- note --heads /mnt/elsewhere/audit-heads",
    "npm run audit -- verify --heads /mnt/elsewhere/audit-heads",
  ],
} as const;

/** Entries of a log, and documents of a series, that are asked for at once. */
const ENTRIES_AT_ONCE = 50_000;
const DOCUMENTS_AT_ONCE = 3_000;
/** Faults that are printed. */
const MOST_SHOWN = 20;

type Verified = Walk & { of: string; head?: Place };

await runCommand(async () => {
  exitOnSignals();
  const { values, positionals } = readOptions(USAGE);
  const [word] = positionals;
  if (word === "note" && values.heads !== undefined) {
    const noted = await noteHead(targetFrom(values), values.heads);
    return console.log(values.json ? JSON.stringify(noted) : headText(noted));
  }
  if (word !== "verify") {
    throw new UsageError("say verify, or note with --heads FILE: npm run audit -- --help");
  }
  const kept = keptHeads([values.head ?? [], headsIn(values.heads)].flat());
  const verified = await (values.file === undefined
    ? inInstallation(targetFrom(values), values.documents, kept)
    : inFile(values.file, kept));
  console.log(values.json ? JSON.stringify(verified, null, 2) : textOf(verified));
  if (verified.faults.length > 0) process.exitCode = 1;
});

function headText({ seq, hash }: Place): string {
  return `${seq}:${hash}`;
}

/** Adds the head of a log to a file, with the time. */
async function noteHead(target: Target, file: string): Promise<Place> {
  await target.check();
  const head = await target.call<Place>("GET", "/api/audit/head", undefined, JSON.parse);
  atPath(file, () => appendFileSync(file, `${headText(head)} ${new Date().toISOString()}\n`));
  return { seq: head.seq, hash: head.hash };
}

function headsIn(file: string | undefined): string[] {
  if (file === undefined) return [];
  return readFileSync(insistFile(file), "utf8").split("\n").filter(Boolean);
}

/** Errors: `UsageError` for what is no head. */
function keptHeads(texts: readonly string[]): Kept {
  const kept = new Map<number, Set<string>>();
  for (const text of texts) {
    const [, seq = "", hash] = /^(\d{1,15})[: ]([0-9a-f]{64})?(?: |$)/i.exec(text.trim()) ?? [];
    const number = Number(seq);
    // A log without an entry has no hash.
    if (seq === "" || (hash === undefined && number > 0)) {
      throw new UsageError(`a head is a number, a colon and 64 characters, not ${text}`);
    }
    if (hash) kept.set(number, (kept.get(number) ?? new Set()).add(hash.toLowerCase()));
  }
  return kept;
}

async function inFile(file: string, kept: Kept): Promise<Verified> {
  const { head, rest } = await opened(createReadStream(insistFile(file)));
  if ("audit_chain" in head) return inLog(rest, head.audit_chain, kept);
  const { series, tenant_id } = head.document_chain;
  const bar = progressBar("documents", total(series));
  let count = 0;
  const walk = await walkDocuments(rest, { series, done: () => bar.advance(++count) });
  bar.end();
  return { ...walk, of: `documents of ${tenant_id}` };
}

async function inLog(
  lines: AsyncIterable<string>,
  chain: AuditChain,
  kept: Kept,
): Promise<Verified> {
  const bar = progressBar("entries", chain.until.seq);
  const walk = await walkEntries(lines, { chain, kept, done: (seq) => bar.advance(seq) });
  bar.end();
  return { ...walk, of: `audit log of ${chain.tenant_id}`, head: chain.head };
}

async function inInstallation(target: Target, documents: boolean, kept: Kept): Promise<Verified> {
  await target.check();
  return documents ? allDocuments(target) : wholeLog(target, kept);
}

/** The log in pieces, each of which begins where the one before ended. */
async function wholeLog(target: Target, kept: Kept): Promise<Verified> {
  const all: Walk = { checked: 0, faults: [] };
  let bar: Progress | null = null;
  for (let place = BEGINNING; ; ) {
    const query = `format=ndjson&after_seq=${place.seq}&limit=${ENTRIES_AT_ONCE}`;
    const { head, rest } = await asked(target, `/api/exports/audit?${query}`);
    if (!("audit_chain" in head)) throw new UserError(`${target.url} answered another export`);
    // What the walk came to counts, not what this answer says stands before it.
    const chain = { ...head.audit_chain, after: place };
    bar ??= progressBar("entries", chain.head.seq);
    const { advance, end } = bar;
    const walk = await walkEntries(rest, { chain, kept, done: (seq) => advance(seq) });
    all.checked += walk.checked;
    all.faults.push(...walk.faults);
    place = { ...walk.place, seq: chain.until.seq };
    if (chain.until.seq >= chain.head.seq) {
      end();
      return { ...all, of: `audit log of ${chain.tenant_id}`, head: chain.head };
    }
  }
}

type SeriesPage = { data: SeriesHead[]; next_cursor: string | null };

async function allDocuments(target: Target): Promise<Verified> {
  const series: SeriesHead[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const path: string = `/api/documents/chain?limit=200${cursor && `&cursor=${cursor}`}`;
    const page: SeriesPage = await target.call<SeriesPage>("GET", path, undefined, JSON.parse);
    series.push(...page.data);
    cursor = page.next_cursor;
  }
  const bar = progressBar("documents", total(series));
  const all: Walk = { checked: 0, faults: [] };
  for (const one of series) {
    const walk = await oneSeries(target, one, () => bar.advance(++all.checked));
    all.faults.push(...walk);
  }
  bar.end();
  return { ...all, of: "documents" };
}

async function oneSeries(target: Target, head: SeriesHead, done: () => void): Promise<Found[]> {
  const faults: Found[] = [];
  const { kind, year, test_tenant_id: test } = head;
  for (let from = BEGINNING; ; ) {
    const query = new URLSearchParams({
      format: "ndjson",
      kind,
      year,
      test_tenant_id: test ?? "",
      after_seq: String(from.seq),
      limit: String(DOCUMENTS_AT_ONCE),
    });
    const { rest } = await asked(target, `/api/exports/document-chain?${query}`);
    let count = 0;
    const counted = () => {
      count++;
      done();
    };
    // A page that is full may have others behind it: the end is looked at after the last one.
    const walk = await walkDocuments(rest, { series: [head], from, isWhole: false, done: counted });
    faults.push(...walk.faults);
    from = walk.place;
    if (count < DOCUMENTS_AT_ONCE) {
      const last = await walkDocuments(none(), { series: [head], from, done: () => {} });
      return [...faults, ...last.faults];
    }
  }
}

async function* none(): AsyncGenerator<string> {}

function total(series: readonly SeriesHead[]): number {
  return series.reduce((sum, { seq }) => sum + seq, 0);
}

async function asked(target: Target, path: string) {
  const { body } = await target.open(path);
  if (body === null) throw new UserError(`${target.url} answered nothing`);
  return opened(Readable.fromWeb(body as unknown as NodeStream));
}

/** The first line of an export, and the lines behind it. Errors: `UserError`. */
async function opened(input: AsyncIterable<Uint8Array>) {
  const lines = linesOf(input);
  const first = await lines.next();
  return { head: headOf(first.done ? "" : first.value), rest: lines };
}

async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = "";
  for await (const chunk of input) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    open += first;
    for (const next of others) {
      if (open !== "") yield open;
      open = next;
    }
  }
  if (open !== "") yield open;
}

function textOf({ of, checked, faults, head }: Verified): string {
  const count = checked.toLocaleString("en");
  if (faults.length === 0) {
    const at = head && head.seq > 0 ? `\nhead ${head.seq}:${head.hash}` : "";
    return `${of}: ${count} checked, all as they were written${at}`;
  }
  const shown = faults.slice(0, MOST_SHOWN).map(({ kind, seq, id, detail, ...more }) => {
    const where = [more.in, more.number, `number ${seq}`, id].filter(Boolean).join("  ");
    return `  ${kind.padEnd(8)}  ${where}: ${detail}`;
  });
  const rest = faults.length - shown.length;
  return [
    `${of}: ${count} checked, ${faults.length} ${faults.length === 1 ? "fault" : "faults"}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join("\n");
}
