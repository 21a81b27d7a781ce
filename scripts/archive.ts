/**
 * `npm run archive -- status|run|restore|export|load`: what of a tenant's usage is archived,
 * archiving it now, putting a month back into the ledger for some days; all of a tenant's data as
 * archives, and these read back into another installation. Killed anywhere, it is run again.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lacking, Manifest } from "../src/retention/export/export.ts";
import { loadArchives } from "./lib/archive/load.ts";
import { Archive } from "./lib/archive/unzip.ts";
import { type Target, targetFrom } from "./lib/import/target.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand, UsageError, UserError } from "./lib/process.ts";
import { progressBar } from "./lib/progress.ts";
import { atPath } from "./lib/user-file.ts";

const USAGE = {
  command: "npm run archive",
  about:
    "status TENANT says what of a tenant's usage is archived; run TENANT archives what is old " +
    "enough now instead of with the day's walk; restore TENANT MONTH puts a month back into the " +
    "ledger for some days. export TENANT FOLDER writes all of a tenant's data; load FILE… reads " +
    "such files back into another installation.",
  operands: { text: "VERB TENANT|FILE… [MONTH|FOLDER]", least: 2, most: 1_000 },
  options: {
    days: { type: "string", value: "N", default: "14", about: "how long a month stays, up to 90" },
    url: {
      type: "string",
      value: "URL",
      about: "the installation, unless BOXCOSTPRO_URL names it",
    },
    key: {
      type: "string",
      value: "KEY",
      about: "an operator's key, unless BOXCOSTPRO_KEY has one",
    },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  environment: {
    BOXCOSTPRO_URL: "the installation (default: npm start's own)",
    BOXCOSTPRO_KEY: "an operator's key of it (default: that of STATE_DIR)",
  },
  examples: [
    "npm run archive -- status customer-4711",
    "npm run archive -- restore customer-4711 2025-01 --days 7",
    "npm run archive -- export customer-4711 moving",
    "npm run archive -- load moving/*.zip",
  ],
} as const;

type Month = {
  month: string;
  events: number;
  objects: number;
  bytes: number;
  restored: boolean;
  restored_until: string | null;
};
type Status = {
  data: Month[];
  next_cursor: string | null;
  retention_days: number;
  archived_before: string;
};
type Step = { events: number; months: string[]; done: boolean; until?: string };

await runCommand(async () => {
  exitOnSignals();
  const { values, positionals } = readOptions(USAGE);
  const [verb = "", tenant = "", month = ""] = positionals;
  const target = targetFrom(values, "operator.key");
  const path = `/api/tenants/${encodeURIComponent(tenant)}/archive`;
  const show = (body: object, text: string) =>
    console.log(values.json ? JSON.stringify(body) : text);
  const isVerb = /^(status|run|restore|export|load)$/.test(verb);
  if (isVerb) await target.check();
  if (verb === "status" && month === "") {
    const status = await readStatus(target, path);
    show(status, statusText(status));
  } else if (verb === "run" && month === "") {
    const run = await repeated(target, `${path}/run`, undefined, "Archiving");
    show(run, `${run.events} events of ${run.months.length} months are archived.`);
  } else if (verb === "restore" && /^\d{4}-\d\d$/.test(month)) {
    const body = { month, days: Number(values.days) };
    const back = await repeated(target, `${path}/restore`, body, "Restoring", path);
    show(back, restoredText(month, back));
  } else if (verb === "export" && month !== "") {
    const { files, lacks } = await exportInto(target.actingFor(tenant), month);
    show({ files, lacks }, `Written: ${files.join(", ")}`);
    if (lacks.length > 0) throw new UserError(lackText(lacks));
  } else if (verb === "load") {
    const loaded = await loadArchives(target, positionals.slice(1));
    const { tenant_id, rows, events } = loaded;
    show(loaded, `${tenant_id} is here, with ${rows} rows and ${events} events.`);
  } else throw new UsageError(`status, run, restore, export or load: ${USAGE.examples[1]}`);
  process.exit(0);
});

async function readStatus(target: Target, path: string): Promise<Status> {
  const months: Month[] = [];
  for (let cursor = ""; ; ) {
    const page = await asked<Status>(target, "GET", `${path}?limit=200${cursor}`);
    months.push(...page.data);
    if (page.next_cursor === null) return { ...page, data: months };
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

/** Writes the archives of an export into a folder, one after the other. */
async function exportInto(
  target: Target,
  folder: string,
): Promise<{ files: string[]; lacks: Lacking[] }> {
  atPath(folder, () => mkdirSync(folder, { recursive: true }));
  const files: string[] = [];
  const lacks: Lacking[] = [];
  for (let cursor: string | null = null; ; ) {
    const query = cursor === null ? "" : `?after=${encodeURIComponent(cursor)}`;
    const answer: Response = await target.open(`/api/export${query}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const file = join(folder, `export-${String(files.length + 1).padStart(4, "0")}.zip`);
    atPath(file, () => writeFileSync(file, bytes));
    files.push(file);
    const archive = new Archive(file);
    const manifest = JSON.parse(archive.read("manifest.json").toString("utf8")) as Manifest;
    archive.close();
    lacks.push(...manifest.lacks);
    if (manifest.next_cursor === null) return { files, lacks };
    cursor = manifest.next_cursor;
  }
}

/** Names that one sentence has. */
const SHOWN_FILES = 5;

function lackText(lacks: readonly Lacking[]): string {
  const names = lacks.map(({ file, events }) => {
    return events ? `${file} with the events ${events.join(" to ")}` : file;
  });
  const more = names.length > SHOWN_FILES ? `, and ${names.length - SHOWN_FILES} more` : "";
  return (
    `The export lacks what the installation has no more, or not as it was written: ` +
    `${names.slice(0, SHOWN_FILES).join(", ")}${more}. Put it back from a copy of the bucket, ` +
    "and export again"
  );
}

/** Calls until it is done; each call goes on where the one before it stopped. */
async function repeated(
  target: Target,
  path: string,
  body: { month: string; days: number } | undefined,
  label: string,
  statusPath?: string,
): Promise<Step> {
  const whole = statusPath === undefined ? [] : (await readStatus(target, statusPath)).data;
  const known = whole.find(({ month }) => month === body?.month);
  if (body !== undefined && known === undefined) {
    throw new UserError(`Nothing of ${body.month} is archived: status TENANT lists the months`);
  }
  const total = known?.events ?? 0;
  const progress = progressBar(label, total);
  const months = new Set<string>();
  for (let events = 0; ; ) {
    const step = await asked<Step>(target, "POST", path, body && JSON.stringify(body));
    events += step.events;
    for (const month of step.months) months.add(month);
    progress.advance(events, () => `${events.toLocaleString("en")} events`);
    if (!step.done) continue;
    progress.end();
    return { ...step, events, months: [...months].sort() };
  }
}

function asked<T>(target: Target, method: string, path: string, body?: string): Promise<T> {
  return target.call<T>(method, path, body, JSON.parse);
}

function statusText({ data, retention_days, archived_before }: Status): string {
  const rows = data.map(({ month, events, objects, bytes, restored_until }) => {
    const until = restored_until === null ? "" : `  in the ledger until ${restored_until}`;
    return `  ${month}  ${events} events  ${objects} objects  ${bytes} bytes${until}`;
  });
  const kept = `Usage stays ${retention_days} days: what is before ${archived_before} is archived.`;
  return [kept, ...(rows.length === 0 ? ["Nothing is archived yet."] : rows)].join("\n");
}

function restoredText(month: string, { events, until = "" }: Step): string {
  if (events === 0) return `All of ${month} is in the ledger already, until ${until}.`;
  return `${events} events of ${month} are in the ledger until ${until}.`;
}
