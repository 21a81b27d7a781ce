/**
 * `npm run search -- drop|rebuild [--remote]`: takes the full-text search out of the database, for
 * an export, which D1 refuses while there is one; or makes it anew from what is stored. Without
 * --remote, of the installation under STATE_DIR, which must not run meanwhile.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./lib/build.ts";
import { readOptions } from "./lib/options.ts";
import {
  exitOnSignals,
  runCommand,
  stateDirFromEnv,
  UsageError,
  UserError,
} from "./lib/process.ts";

const USAGE = {
  command: "npm run search",
  about:
    "Takes the full-text search out of the database, which D1 needs for an export of it, or " +
    "makes it anew from what is stored.",
  operands: { text: "drop|rebuild", least: 1, most: 1 },
  options: {
    remote: {
      type: "boolean",
      default: false,
      about: "of the installation that is deployed, not of the one on this machine",
    },
  },
  environment: { STATE_DIR: "the installation on this machine, which must not run meanwhile" },
  examples: ["npm run search -- drop --remote", "npm run search -- rebuild"],
} as const;

const MIGRATION = join(ROOT, "migrations/0012_search.sql");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const CREATED = /CREATE (?:VIRTUAL )?(TABLE|TRIGGER) (\w+)/g;

await runCommand(async () => {
  exitOnSignals();
  const { values, positionals } = readOptions(USAGE);
  const [verb] = positionals;
  if (verb !== "drop" && verb !== "rebuild") {
    throw new UsageError("say drop or rebuild: npm run search -- rebuild");
  }
  const creating = readFileSync(MIGRATION, "utf8");
  const sql = dropping(creating) + (verb === "rebuild" ? creating : "");
  if (values.remote) runRemotely(sql);
  else await runLocally(sql);
  console.log(verb === "drop" ? "The search is dropped." : "The search is made anew.");
  process.exit(0);
});

/** What undoes the migration; the triggers go before the tables that they write to. */
function dropping(creating: string): string {
  const created = [...creating.matchAll(CREATED)].map(([, what, name]) => ({ what, name }));
  const order = created.sort((a, b) => (a.what === b.what ? 0 : a.what === "TRIGGER" ? -1 : 1));
  return order.map(({ what, name }) => `DROP ${what} IF EXISTS ${name};\n`).join("");
}

async function runLocally(sql: string): Promise<void> {
  const { startServer } = await import("./lib/server.ts");
  const server = await startServer({ port: 0, stateDir: stateDirFromEnv() });
  // The local runtime takes all of it as one statement.
  await server.db.batch([server.db.prepare(sql)]);
  await server.close();
}

function runRemotely(sql: string): void {
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-search-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "search.sql");
  writeFileSync(file, sql);
  const args = ["d1", "execute", "DB", "--remote", "--yes", "--file", file];
  try {
    execFileSync(process.execPath, [WRANGLER, ...args], { cwd: ROOT, stdio: "inherit" });
  } catch {
    throw new UserError("wrangler failed, as it says above: mend that, and run the same again");
  }
}
