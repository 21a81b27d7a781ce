/**
 * `npm run ledger -- status|add|move TENANT|balance`: the databases in which usage lies. Works
 * through the API of a running product, so that a move goes on wherever it stopped.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Api, apiAt } from "./lib/api.ts";
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
    "usage while it records (move TENANT), or moves tenants until each ledger has as many " +
    "(balance). A move that was interrupted goes on with the same command.",
  operands: { text: "status, add, move TENANT or balance", least: 1, most: 2 },
  options: {
    to: {
      type: "string",
      value: "LEDGER",
      about: "where a tenant moves; the emptiest unless given",
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
  tenants: number;
  bytes: number;
  seen_at: string | null;
  first_tenants: string[];
};
type Move = { tenant_id: string; ledger: number; step: string; copied_rows: number };

/** The steps of a move in their order, for its bar. */
const STEPS = ["clear", "copy", "catch_up", "fence", "finish", "verify", "switch", "moved"];
/** Between two calls that somebody else's work, or what a crash left, makes idle. */
const PAUSE_MS = 500;
const GB = 1_000_000_000;
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
  if (verb === "balance") return balance(api, say);
  if (verb !== "move") throw new UsageError(`${verb} is none of status, add, move and balance`);
  if (tenant === undefined)
    throw new UsageError("say which tenant moves: npm run ledger -- move ID");
  const to = values.to === undefined ? emptiest(await ledgersOf(api)).ledger : Number(values.to);
  await move(api, tenant, to, say);
});

/** Errors: `UserError` where there is no key of the operator. */
function operatorApi(given: string | undefined): Api {
  const url = given ?? `http://127.0.0.1:${portFromEnv(DEFAULT_PORT)}`;
  return apiAt(url, process.env.BOXCOSTPRO_KEY || keptKey());
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
  console.log("ledger  tenants        GB  seen");
  for (const { ledger, tenants, bytes, seen_at: seen } of ledgers) {
    const size = (bytes / GB).toFixed(3).padStart(8);
    const full = bytes > FULL_BYTES ? "  nearly full: add a ledger, and move tenants" : "";
    const row = `${String(ledger).padStart(6)}  ${String(tenants).padStart(7)}  ${size}`;
    console.log(`${row}  ${seen ?? "not yet"}${full}`);
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
    const moved = await api.call<Move>("POST", "/api/ledgers/moves", body);
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

/** Moves tenants from the ledger with the most to the one with the fewest. */
async function balance(api: Api, say: (text: string) => void): Promise<void> {
  for (;;) {
    const ledgers = (await ledgersOf(api)).sort((a, b) => a.tenants - b.tenants);
    const [fewest, most] = [ledgers.at(0), ledgers.at(-1)];
    const tenant = most?.first_tenants[0];
    if (!fewest || !most || tenant === undefined || most.tenants - fewest.tenants <= 1) {
      return say("Each ledger has as many tenants as the others.");
    }
    await move(api, tenant, fewest.ledger, say);
  }
}
