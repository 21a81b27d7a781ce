/**
 * `npm run import -- FILE`: a file of usage (NDJSON, CSV, a web server's access log, or the rejects
 * of an earlier import) into a running product. Run again, it goes on where it stopped, and what it
 * sends twice counts once. `--dry-run` says what the file holds and would bill, and sends nothing.
 */
import { statSync, writeFileSync } from "node:fs";
import { parseJsonExactly } from "../src/core/decimal.ts";
import { type TextForm, UTF_8 } from "../src/metering/file/encoding.ts";
import {
  FORMATS,
  type Format,
  guessFormat,
  LineReader,
  type Reader,
} from "../src/metering/file/format.ts";
import { rejectLine, TOO_OLD } from "../src/metering/file/reject.ts";
import { shownBody, shownText } from "../src/metering/file/shown.ts";
import { type Backfilled, backfillFile } from "./lib/import/backfill.ts";
import { foreignReader } from "./lib/import/foreign/prepare.ts";
import { FOREIGN_NAMES, type Found, foundIn } from "./lib/import/foreign/registry.ts";
import { formOfFile, headOf, readLines } from "./lib/import/line-file.ts";
import { type Bill, countedBody, countFile, priceFile, readNow } from "./lib/import/preview.ts";
import { type Done, importFile } from "./lib/import/run.ts";
import { dropState, readState, type State, statePath, targetOf } from "./lib/import/state.ts";
import { type Target, targetFrom } from "./lib/import/target.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand, UserError } from "./lib/process.ts";
import { atPath, insistFile } from "./lib/user-file.ts";

const USAGE = {
  command: "npm run import",
  about:
    "Brings a file of usage into a running product: NDJSON, CSV, a web server's access log, the " +
    "rejects of an earlier import, or an export of OpenMeter, Stripe or Lago. Run again, it goes " +
    "on where it stopped, and each event counts once.",
  operands: { text: "FILE", least: 1, most: 1 },
  options: {
    format: {
      type: "string",
      value: "NAME",
      about:
        "ndjson, csv, log or rejects, or an export's: openmeter, stripe, lago; told by the file " +
        "unless given. Exports count by the rules that there are, with the operator's key for " +
        "the tenants that their ids name",
    },
    map: {
      type: "string",
      value: "FIELD=COLUMN,…",
      about:
        "CSV columns of metric_name, quantity, timestamp, user_id, id, source, metadata.NAME; by " +
        "the header's own names, whatever their case, unless given; #2 is the second column",
    },
    separator: {
      type: "string",
      value: "CHARACTER",
      about: "of CSV, or tab: told by a line sep= or by the header unless given",
    },
    decimal: {
      type: "string",
      value: "MARK",
      about: "comma or point, of CSV quantities that can be read in two ways, as 1,500",
    },
    dates: {
      type: "string",
      value: "FORM",
      about:
        "dmy, mdy or ymd, the order of a CSV date's parts; s or ms, which count from 1970; told " +
        "by each time unless it can be read in two ways",
    },
    zone: {
      type: "string",
      value: "NAME",
      about: "of CSV times without an offset, such as Europe/Berlin",
    },
    set: {
      type: "string",
      value: "field=value,…",
      about: "what all records of CSV share: metric_name=api_calls,quantity=1",
    },
    "client-field": {
      type: "string",
      value: "N",
      about:
        "of logs with two addresses before the time: which is the client; a virtual host and " +
        "forwarded-for lists are told",
    },
    encoding: {
      type: "string",
      value: "NAME",
      about:
        "utf-8, utf-16le, utf-16be, windows-1252; UTF-8 and UTF-16 are told by the file; lines " +
        "that are no text in it are rejected",
    },
    only: { type: "string", value: "ID", about: "of an export, the events of this customer alone" },
    metric: { type: "string", value: "NAME", about: "what Stripe's event summaries are of" },
    customer: { type: "string", value: "ID", about: "whose Stripe's event summaries are" },
    tenant: { type: "string", value: "NAME", about: "the operator's key acts for this tenant" },
    url: {
      type: "string",
      value: "URL",
      about: "the installation, unless BOXCOSTPRO_URL names it",
    },
    key: { type: "string", value: "KEY", about: "a key of it, unless BOXCOSTPRO_KEY has one" },
    "dry-run": {
      type: "boolean",
      default: false,
      about: "says what the file holds and would bill, shows ten lines, and sends nothing",
    },
    backfill: {
      type: "string",
      value: "NAME",
      about: "for usage of more than 35 days ago: a named import, which can be taken back",
    },
    restart: { type: "boolean", default: false, about: "reads the file from its beginning" },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  environment: {
    BOXCOSTPRO_URL: "the installation (default: npm start's own)",
    BOXCOSTPRO_KEY: "a key of it (default: the demo tenant's, of STATE_DIR)",
  },
  examples: [
    "npm run import -- usage.csv --dry-run",
    "npm run import -- usage.csv --map metric_name=meter,quantity=amount",
    "npm run import -- old.ndjson --backfill january --dry-run",
  ],
} as const;

/** Alerts that the summary shows. */
const MOST_ALERTS = 20;

type Options = {
  format?: string;
  map?: string;
  separator?: string;
  decimal?: string;
  dates?: string;
  zone?: string;
  set?: string;
  "client-field"?: string;
  encoding?: string;
  only?: string;
  metric?: string;
  customer?: string;
  tenant?: string;
  url?: string;
  key?: string;
  backfill?: string;
  "dry-run": boolean;
  restart: boolean;
  json: boolean;
};

await runCommand(async () => {
  exitOnSignals();
  const { file, options } = given();
  const target = targetFrom(options);
  await target.check();
  const adds = options["dry-run"] && options.backfill === undefined;
  const parse = adds ? parseJsonExactly : JSON.parse;
  const form = formOfFile(file, options.encoding);
  const found = await foreignIn({ file, form }, options);
  const reader: Reader = found
    ? await foreignReader(target, { file, form, found, options })
    : await lineReader({ file, form }, options, parse);
  const startedMs = performance.now();
  const run = options.backfill !== undefined ? backfill : adds ? preview : record;
  const { body, text, nothing } = await run({ file, form, reader }, target, options);
  const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1));
  const about = { file, format: reader.format, ...body, seconds };
  const said = reader.about === null ? text : `${reader.about}\n${text}`;
  console.log(options.json ? JSON.stringify(about, null, 2) : `${said}\n${seconds} s`);
  if (nothing) process.exitCode = 1;
});

/** Errors: `UserError`. */
function given(): { file: string; options: Options } {
  const { values, positionals } = readOptions(USAGE);
  const [file = ""] = positionals;
  return { file: insistFile(file), options: values };
}

/** What of another product's the file is, or null. Errors: `UserError`. */
async function foreignIn(
  { file, form }: Omit<Source, "reader">,
  options: Options,
): Promise<Found | null> {
  const { format, map } = options;
  const named = FOREIGN_NAMES.find((name) => name === format);
  if (map !== undefined && named !== undefined) {
    throw new UserError(`--map names columns of --format csv; ${named} has names of its own`);
  }
  if (map !== undefined || (format !== undefined && named === undefined)) return null;
  return foundIn(await headOf(file, form), options, named);
}

async function lineReader(
  source: Omit<Source, "reader">,
  options: Options,
  parse: (text: string) => unknown,
): Promise<LineReader> {
  const format = await formatOf(source, options);
  return new LineReader(format, { ...options, clientField: clientField(options) }, parse);
}

/** Errors: `UserError`. */
async function formatOf(
  { file, form }: Omit<Source, "reader">,
  { format, map }: Options,
): Promise<Format> {
  if (format !== undefined) {
    if (FORMATS.some((known) => known === format)) return format as Format;
    throw new UserError(`--format is one of ${[...FORMATS, ...FOREIGN_NAMES].join(", ")}`);
  }
  for await (const lines of readLines(file, null, form)) {
    const first = lines.find(({ text }) => text.trim() !== "");
    if (first) return guessFormat(first.text, map);
  }
  throw new UserError(`${file} is empty`);
}

/** Errors: `UserError`. */
function clientField({ "client-field": given }: Options): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]$/.test(given)) return Number(given);
  throw new UserError(`--client-field is a number from 1, not ${given}`);
}

type Source = { file: string; form: TextForm; reader: Reader };
/** `nothing`: the file had events or lines, and none of them was taken. */
type Outcome = { body: Record<string, unknown>; text: string; nothing: boolean };

function rejectsOf(file: string): string {
  return `${file}.rejects.ndjson`;
}

async function record(source: Source, target: Target, options: Options): Promise<Outcome> {
  const { file, reader } = source;
  const rejectsFile = rejectsOf(file);
  const whereTo = targetOf(target.url, target.key, reader.format, ...readAs(source, options));
  const kept = options.restart ? null : readState(file);
  const fresh: State = { target: whereTo, offset: 0, digest: "", rejectsBytes: 0 };
  const state = kept?.target === whereTo ? kept : fresh;
  if (state === fresh) dropState(file);
  const startedMs = performance.now();
  const done = await importFile({ ...source, rejectsFile, target, state });
  const perSecond = Math.round((done.lines / (performance.now() - startedMs)) * 1_000);
  const rejects = statSync(rejectsFile, { throwIfNoEntry: false }) ? rejectsFile : null;
  return {
    body: { ...done, lines_per_second: perSecond, rejects_file: rejects },
    text: doneText(done, perSecond, rejects),
    nothing: done.accepted + done.duplicates + done.resumed_lines === 0,
  };
}

/** How the file is read: another way begins anew. */
function readAs({ form }: Source, options: Options): string[] {
  const { map = "", separator, decimal, dates, zone, set, "client-field": field } = options;
  const { only, metric, customer, tenant } = options;
  const encoding = form.encoding === UTF_8.encoding ? undefined : form.encoding;
  const foreign = { only, metric, customer, tenant };
  const more = Object.entries({
    separator,
    decimal,
    dates,
    zone,
    set,
    field,
    encoding,
    ...foreign,
  });
  return [map, ...more.flatMap(([name, value]) => (value ? [`${name}=${value}`] : []))];
}

function doneText(done: Done, perSecond: number, rejects: string | null): string {
  const { accepted, duplicates, rejected, reasons } = done;
  const alerts = [...new Set(done.alerts)];
  const tooOld = reasons[TOO_OLD] ?? 0;
  return [
    ...(done.resumed_lines > 0 ? [`${done.resumed_lines} lines were imported before`] : []),
    `${done.lines} lines: ${accepted} events accepted, ${duplicates} known already, ` +
      `${rejected} rejected; ${perSecond} lines a second`,
    ...alerts.slice(0, MOST_ALERTS).map((message) => `alert: ${message}`),
    ...(alerts.length > MOST_ALERTS ? [`and ${alerts.length - MOST_ALERTS} more alerts`] : []),
    ...Object.entries(reasons).map(([code, n]) => `  ${n} ${code}`),
    ...(rejects ? [`rejects and their reasons: ${rejects}`] : []),
    ...(tooOld > 0
      ? [
          `${tooOld} events are more than 35 days old. A named import takes them, which can be`,
          `looked at first and taken back: npm run import -- ${rejects} --backfill NAME --dry-run`,
        ]
      : []),
  ].join("\n");
}

async function preview({ file, form, reader }: Source, target: Target): Promise<Outcome> {
  const counted = await countFile(file, { form, reader, nowMs: await readNow(target) });
  const bill = await priceFile(target, counted);
  const body = countedBody(counted);
  const rows = body.metrics.map(
    (row) =>
      `  ${row.metric_name}: ${row.events} events, ${row.total_quantity} in all, ` +
      `${row.first} to ${row.last}`,
  );
  const text = [
    ...counted.shown.flatMap(shownText),
    `${body.lines} lines; nothing was sent`,
    ...rows,
    ...(body.unreadable > 0 ? [`  ${body.unreadable} lines cannot be read`] : []),
    ...(body.invalid > 0 ? [`  ${body.invalid} events would be refused`] : []),
    ...(body.too_old > 0
      ? [`  ${body.too_old} events are older than 35 days: --backfill NAME`]
      : []),
    ...billText(bill),
  ].join("\n");
  return { body: { ...body, bill }, text, nothing: body.metrics.length === 0 };
}

function billText(bill: Bill | null): string[] {
  if (!bill) return ["The tenant has no running plan to price it on"];
  const money = (amount: number) => `${bill.currency} ${Number(amount).toFixed(2)}`;
  return [
    `As the only usage of a month on ${bill.plan}, without its base price: ${money(bill.total)}`,
    ...bill.lines.map(({ metric_name, arithmetic }) => `  ${metric_name}: ${arithmetic}`),
    ...(bill.left_out.length > 0 ? [`  not priced: ${bill.left_out.join(", ")}`] : []),
  ];
}

async function backfill(source: Source, target: Target, options: Options): Promise<Outcome> {
  const { file } = source;
  if (statSync(statePath(file), { throwIfNoEntry: false })) {
    throw new UserError(
      `${file} was imported already, so some of it may count; what was too old for that is in ` +
        `${rejectsOf(file)}: give that file to --backfill`,
    );
  }
  const done = await backfillFile({
    ...source,
    target,
    name: options.backfill ?? "",
    nowMs: await readNow(target),
    commits: !options["dry-run"],
  });
  const { rejects, shown, ...body } = done;
  if (rejects.length > 0) {
    const path = rejectsOf(file);
    atPath(path, () => writeFileSync(path, rejects.map(rejectLine).join("")));
  }
  const rejectsFile = rejects.length > 0 ? rejectsOf(file) : null;
  return {
    body: {
      ...body,
      ...(options["dry-run"] ? { shown: shown.map(shownBody) } : {}),
      rejected: rejects.length,
      rejects_file: rejectsFile,
    },
    text: [
      ...(options["dry-run"] ? shown.flatMap(shownText) : []),
      backfillText(done, rejectsFile),
    ].join("\n"),
    nothing: done.import.staged + done.import.recorded === 0,
  };
}

function backfillText(done: Backfilled, rejectsFile: string | null): string {
  const { name, status, staged, recorded } = done.import;
  return [
    `Import ${name} is ${status}: ${staged} events staged, ${recorded} count`,
    ...done.settlements.map(
      ({ start, currency, amount }) => `  the period from ${start} settles ${currency} ${amount}`,
    ),
    ...(done.left_out > 0
      ? [`  ${done.left_out} events of the last 35 days are left out: import without --backfill`]
      : []),
    ...(rejectsFile
      ? [`  ${done.rejects.length} rejected, with their reasons in ${rejectsFile}`]
      : []),
    ...(status === "open" ? ["Without --dry-run it is committed"] : []),
    `POST /api/usage/imports/${done.import.id}/revert takes it back`,
  ].join("\n");
}
