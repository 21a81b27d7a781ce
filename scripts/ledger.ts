/**
 * `npm run ledger -- status|add|move TENANT|balance`: the databases in which usage lies. Works
 * through the API of a running product, so that a move goes on wherever it stopped.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Api, allPages, apiAt } from "./lib/api.ts";
import { bytesOf, type Home, type Move, planMoves, TOLERANCE } from "./lib/balance.ts";
import { ROOT } from "./lib/build.ts";
import { readOptions } from "./lib/options.ts";
import {
  exitOnSignals,
  portFromEnv,
  runCommand,
  stateDirFromEnv,
  UsageError,
  UserError,
} from "./lib/process.ts";
import { progressBar } from "./lib/progress.ts";

const DEFAULT_PORT = 8787;

const USAGE = {
  command: "npm run ledger",
  about:
    "Says how full the ledgers are (status), how another one is bound (add), moves a tenant's " +
    "usage while it records (move TENANT), or moves tenants from the fullest ledger to the " +
    "emptiest until all have about as much (balance), which prints its plan first. A move that " +
    "was interrupted goes on with the same command.",
  operands: { text: "status, add, move TENANT or balance", least: 1, most: 2 },
  options: {
    to: {
      type: "string",
      value: "LEDGER",
      about: "where a tenant moves; the emptiest unless given",
    },
    plan: { type: "boolean", default: false, about: "of balance: prints the plan alone" },
    least: {
      type: "string",
      value: "MB",
      default: "50",
      about: "of balance: what lies apart by less stays",
    },
    url: { type: "string", value: "URL", about: "the product (default: the one of npm start)" },
    json: { type: "boolean", default: false, about: "prints what is found as JSON" },
  },
  environment: {
    PORT: `of npm start (default: ${DEFAULT_PORT})`,
    STATE_DIR: "of npm start, where the operator's key is (default: .state)",
    BOXCOSTPRO_KEY: "a key of the operator (default: the one in STATE_DIR)",
  },
  examples: ["npm run ledger -- status", "npm run ledger -- move ten_demo --to 0"],
} as const;

type Ledger = {
  ledger: number;
  jurisdiction: string | null;
  tenants: number;
  bytes: number;
  seen_at: string | null;
};
type LedgerTenant = { tenant_id: string; bytes: number };
type Moved = { tenant_id: string; ledger: number; step: string; copied_rows: number };

/** The steps of a move in their order, for its bar. */
const STEPS = ["clear", "copy", "catch_up", "fence", "finish", "verify", "switch", "moved"];
/** Between two calls that somebody else's work, or what a crash left, makes idle. */
const PAUSE_MS = 500;
const GB = 1_000_000_000;
const MB = 1_000_000;
/** Rows of a plan that are printed. */
const SHOWN = 20;
/** A database holds 10 GB; from here on it should get no further tenants. */
const FULL_BYTES = 7 * GB;

exitOnSignals();
await runCommand(async () => {
  const { values, positionals } = readOptions(USAGE);
  const [verb, tenant] = positionals;
  const say = values.json ? () => {} : (text: string) => console.log(text);
  if (verb === "add") return addedLedger(say);
  const api = operatorApi(values.url);
  if (verb === "status") return showStatus(api, values.json);
  if (verb === "balance") return balance(api, values, say);
  if (verb !== "move") throw new UsageError(`${verb} is none of status, add, move and balance`);
  if (tenant === undefined)
    throw new UsageError("say which tenant moves: npm run ledger -- move ID");
  if (!/^\d{1,3}$/.test(values.to ?? "0")) throw new UsageError("--to takes a ledger's number");
  const to = values.to === undefined ? emptiest(await ledgersOf(api)).ledger : Number(values.to);
  await move(api, tenant, to, say);
});

/** Errors: `UserError` where there is no key of the operator. */
function operatorApi(given: string | undefined): Api {
  const url = given ?? `http://127.0.0.1:${portFromEnv(DEFAULT_PORT)}`;
  if (!URL.canParse(url)) throw new UserError(`--url takes an address, not ${url}`);
  const api = apiAt(url, process.env.BOXCOSTPRO_KEY || keptKey());
  return { ...api, call: (...asked) => api.call<never>(...asked).catch((e) => lost(e, url)) };
}

/** fetch throws a TypeError for a lost connection. */
function lost(error: unknown, url: string): never {
  if (!(error instanceof TypeError)) throw error;
  throw new UserError(`nothing answers at ${url}: npm start, or say --url`);
}

function keptKey(): string {
  const path = join(stateDirFromEnv(), "operator.key");
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new UserError(`no key in ${path}: set BOXCOSTPRO_KEY to a key of the operator`);
  }
}

async function ledgersOf(api: Api): Promise<Ledger[]> {
  return (await api.call<{ ledgers: Ledger[] }>("GET", "/api/ledgers")).ledgers;
}

function emptiest(ledgers: readonly Ledger[]): Ledger {
  const [first, ...others] = ledgers;
  if (!first) throw new UserError("no ledger is bound");
  return others.reduce((least, each) => (each.bytes < least.bytes ? each : least), first);
}

async function showStatus(api: Api, json: boolean): Promise<void> {
  const ledgers = await ledgersOf(api);
  if (json) return console.log(JSON.stringify(ledgers));
  console.log("ledger  tenants        GB  kept      seen");
  for (const { ledger, jurisdiction, tenants, bytes, seen_at: seen } of ledgers) {
    const size = (bytes / GB).toFixed(3).padStart(8);
    const full = bytes > FULL_BYTES ? "  nearly full: add a ledger, and move tenants" : "";
    const row = `${String(ledger).padStart(6)}  ${String(tenants).padStart(7)}  ${size}`;
    const where = (jurisdiction ?? "anywhere").padEnd(8);
    console.log(`${row}  ${where}  ${seen ?? "not yet"}${full}`);
  }
}

/** What wrangler.toml needs for one more: `npm run deploy` makes it. */
function addedLedger(say: (text: string) => void): void {
  const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const bound = [...config.matchAll(/^binding = "LEDGER_(\d+)"/gm)].map(([, n]) => Number(n));
  const next = Math.max(0, ...bound) + 1;
  say(`Put this into wrangler.toml, and run npm run deploy, which creates and migrates it:

[[d1_databases]]
binding = "LEDGER_${next}"
database_name = "boxcostpro-ledger-${next}"
database_id = "00000000-0000-0000-0000-${String(next).padStart(12, "0")}"
migrations_dir = "migrations/ledger"

A ledger that is to be kept in the European Union is named in LEDGER_JURISDICTIONS before that,
and its tenants need a bucket there, bound as FILES_EU (docs/ledgers.md):
LEDGER_JURISDICTIONS = "${next}=eu"

New tenants then go there until it is as full as the others. To move tenants there:
npm run ledger -- balance`);
}

/** Calls until the tenant has moved. */
async function move(
  api: Api,
  tenant: string,
  ledger: number,
  say: (text: string) => void,
): Promise<void> {
  const bar = progressBar(`${tenant} to ledger ${ledger}`, STEPS.length - 1);
  let before = "";
  for (;;) {
    const body = { tenant_id: tenant, ledger };
    const moved = await api.call<Moved>("POST", "/api/ledgers/moves", body);
    const text = `${moved.step}, ${moved.copied_rows} rows`;
    bar.advance(STEPS.indexOf(moved.step), () => text);
    if (moved.step === "moved") {
      bar.end();
      return say(`${tenant} is in ledger ${ledger}; ${moved.copied_rows} rows were copied.`);
    }
    if (text === before) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    before = text;
  }
}

/** Prints which tenants move so that all ledgers have about as much, and moves them. */
async function balance(
  api: Api,
  { plan: isAsked, least }: { plan: boolean; least: string },
  say: (text: string) => void,
): Promise<void> {
  if (!/^\d{1,7}$/.test(least)) throw new UsageError("--least takes a number of megabytes");
  const homes: Home[] = [];
  for (const ledger of await ledgersOf(api)) homes.push(await homeOf(api, ledger));
  const moves = planMoves(homes, { ...TOLERANCE, least: Number(least) * MB });
  if (moves.length === 0)
    return say("The ledgers are as even as moves of whole tenants make them.");
  showPlan(homes, moves, say);
  if (isAsked) return;
  for (const [i, { tenant, to }] of moves.entries()) {
    await move(api, tenant, to, (text) => say(`${i + 1} of ${moves.length}: ${text}`));
  }
}

/** Who has how much in a ledger. */
async function homeOf(api: Api, { ledger, jurisdiction, tenants: count }: Ledger): Promise<Home> {
  const bar = progressBar(`reading ledger ${ledger}`, count);
  const tenants: Home["tenants"][number][] = [];
  const path = `/api/ledgers/${ledger}/tenants?limit=200`;
  for await (const page of allPages<LedgerTenant>(api, path)) {
    tenants.push(...page.map(({ tenant_id: tenant, bytes }) => ({ tenant, bytes })));
    bar.advance(tenants.length);
  }
  bar.end();
  return { ledger, jurisdiction: jurisdiction ?? "", tenants };
}

function showPlan(
  homes: readonly Home[],
  moves: readonly Move[],
  say: (text: string) => void,
): void {
  const size = (bytes: number) => (bytes / MB).toFixed(1).padStart(10);
  say("ledger   usage MB      after");
  for (const { ledger, tenants } of homes) {
    const bytes = bytesOf(tenants);
    const comes = bytesOf(moves.filter(({ to }) => to === ledger));
    const goes = bytesOf(moves.filter(({ from }) => from === ledger));
    say(`${String(ledger).padStart(6)} ${size(bytes)} ${size(bytes + comes - goes)}`);
  }
  const total = size(bytesOf(moves)).trim();
  say(`${moves.length} tenants move, with ${total} MB:`);
  for (const { tenant, bytes, from, to } of moves.slice(0, SHOWN)) {
    say(`  ${tenant} from ${from} to ${to}, ${size(bytes).trim()} MB`);
  }
  if (moves.length > SHOWN) say(`  and ${moves.length - SHOWN} more`);
}
