/**
 * `npm run test:nodes`: a copy of the project, installed and started with each Node that is
 * promised, and the code of README and every guide run with it. Node comes from npm's own packages.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ROOT } from "../../../scripts/lib/build.ts";
import { readOptions } from "../../../scripts/lib/options.ts";
import { exitOnSignals, runCommand, UsageError } from "../../../scripts/lib/process.ts";

const VERSIONS = ["20", "22", "24"];
/** Below it npm warns of packages that want more, as README says. */
const PROMISED = 22;

const USAGE = {
  command: "npm run test:nodes",
  about:
    "Installs a copy of the project with each Node, starts it as README says, and runs the code " +
    "of README and of every guide with it. Asks npm's registry for the versions; minutes each.",
  operands: { text: "[VERSION…]", least: 0, most: 9 },
  examples: ["npm run test:nodes", "npm run test:nodes -- 22"],
} as const;

await runCommand(async () => {
  exitOnSignals();
  const { positionals } = readOptions(USAGE);
  const wrong = positionals.find((version) => !/^\d+(?:\.\d+){0,2}$/.test(version));
  if (wrong !== undefined) throw new UsageError(`${wrong} is no version of Node, such as 22`);
  const failed: string[] = [];
  for (const version of positionals.length > 0 ? positionals : VERSIONS) {
    const fault = await tryNode(version);
    console.log(`Node ${version}: ${fault ?? "README and the guides work"}`);
    if (fault !== null) failed.push(version);
  }
  process.exit(failed.length === 0 ? 0 : 1);
});

/** What went wrong, or null. */
async function tryNode(version: string): Promise<string | null> {
  const copy = mkdtempSync(join(tmpdir(), "boxcostpro-node-"));
  try {
    const node = nodeOf(version);
    copyProject(copy);
    // Nothing of this process's own Node and npm scripts is left in it.
    const PATH = [dirname(node), ...clean((process.env.PATH ?? "").split(delimiter))];
    const env = { ...own(process.env), PATH: PATH.join(delimiter) };
    const run = (line: string, more: NodeJS.ProcessEnv = {}) =>
      spawnSync("bash", ["-c", line], {
        cwd: copy,
        env: { ...env, ...more },
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      });
    const at = run("node --version").stdout.trim();
    if (!at.startsWith(`v${version}`)) return `npm gave ${at}`;
    const installed = run("npm ci --no-audit --no-fund");
    if (installed.status !== 0) return `npm ci failed:\n${installed.stderr}`;
    const warnings = installed.stderr.match(/EBADENGINE +package:/g)?.length ?? 0;
    console.log(`Node ${at}: npm ci, with ${warnings} warnings about engines`);
    if (Number.parseInt(version, 10) >= PROMISED && warnings > 0) return installed.stderr;
    const fault = await tryStart(copy, env);
    if (fault !== null) return fault;
    const tested = run("npm exec -- vitest run --project node test/process/readme", {
      CALLER_NODE: node,
    });
    return tested.status === 0 ? null : tested.stdout + tested.stderr;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The binary of npm's package `node`, of the newest version that begins so. */
function nodeOf(version: string): string {
  const args = ["--yes", "--package", `node@${version}`, "--", "node", "-p", "process.execPath"];
  return execFileSync("npx", args, {
    cwd: tmpdir(),
    encoding: "utf8",
    env: own(process.env),
  }).trim();
}

/** What git knows, and what is not committed yet. */
function copyProject(to: string): void {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const files = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).split("\0");
  for (const file of files.filter(Boolean)) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(ROOT, file), join(to, file), { force: true });
  }
}

/** Without the folders that npm puts before others for its scripts. */
function clean(folders: readonly string[]): string[] {
  return folders.filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
}

/** Without what npm tells its scripts. */
function own(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(?:npm_|INIT_CWD$|NODE$)/i.test(name));
  const PATH = clean((env.PATH ?? "").split(delimiter)).join(delimiter);
  return { ...Object.fromEntries(kept), PATH };
}

/** `npm start` up to its welcome. */
async function tryStart(cwd: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const child = spawn("npm", ["start"], {
    cwd,
    env: { ...env, PORT: "0", STATE_DIR: join(cwd, ".state") },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let printed = "";
  const welcomed = new Promise<boolean>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        printed += chunk;
        if (printed.includes("Ctrl-C ends it.")) done(true);
      });
    }
    child.once("close", () => done(false));
  });
  const ok = await welcomed;
  if (ok && child.pid !== undefined) {
    process.kill(-child.pid, "SIGTERM");
    await once(child, "close");
  }
  return ok ? null : `npm start failed:\n${printed}`;
}
