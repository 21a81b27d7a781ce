/** Runs the product's own commands as processes, and never leaves one behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

/** The one that npm scripts run on. */
const NODE = resolve("node_modules/.bin/node");

export type Command = {
  child: ChildProcess;
  /** What it has printed so far. */
  output: () => { stdout: string; stderr: string };
  /** Waits until it has printed a match. Errors: one with all output where it ends before. */
  waitFor: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Waits for the end. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

/** A new directory that goes with the test. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * Runs `node scripts/<name> ...args` in a process group of its own, which goes with the test;
 * `root` is where the product lies.
 */
export function runScript(
  name: string,
  args: string[],
  env: Record<string, string>,
  root = ".",
): Command {
  const child = spawn(NODE, [join("scripts", name), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  // Whoever waits for a line leaves a listener until the next one comes.
  for (const stream of [child.stdout, child.stderr]) stream.setMaxListeners(100);
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  onTestFinished(async () => {
    killGroup(child);
    await ended;
  });
  const waitFor = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(stdout) ?? pattern.exec(stderr);
      if (match) return match;
      const more = [once(child.stdout, "data"), once(child.stderr, "data"), ended];
      if (!Array.isArray(await Promise.race(more)) && !pattern.test(stdout + stderr)) {
        throw new Error(`${name} ended without ${pattern}:\n${stdout}\n${stderr}`);
      }
    }
  };
  return { child, output: () => ({ stdout, stderr }), waitFor, ended };
}

export type Served = {
  url: string;
  pid: number;
  runtimePid: number;
  operatorKey: string;
  demoKey: string;
  command: Command;
};

/**
 * A server on a free port, which goes with the test; `fault` is one of `worker`'s, and `root` is
 * where the product lies.
 */
export async function serve(
  stateDir: string,
  fault?: string,
  worker = "test/process/faulty-worker.ts",
  root = ".",
): Promise<Served> {
  const entry = fault === undefined ? [] : [resolve(root, worker)];
  const env = { STATE_DIR: resolve(stateDir), PORT: "0", FAULT: fault ?? "" };
  const command = runScript("serve.ts", entry, env, root);
  const [line] = await command.waitFor(/^\{"url".*\}$/m);
  return { ...JSON.parse(line), command };
}

/** What of a state is no secret of one installation: each gets keys and secrets of its own. */
const COPIED = ["d1", "do", "migrated"];

/**
 * A new directory, which goes with the test, with the state of an installation as it is before
 * anybody used it: made once in a run, and copied. Whoever asks while it is made gets an empty one.
 */
export async function newState(): Promise<string> {
  const [made, dir] = [join(tmpdir(), "new-state"), temporaryDir()];
  if (!existsSync(made)) await makeState(made);
  if (!existsSync(made)) return dir;
  for (const name of COPIED) cpSync(join(made, name), join(dir, name), { recursive: true });
  return dir;
}

/** Does nothing where another process has begun it. */
async function makeState(made: string): Promise<void> {
  const making = `${made}-making`;
  try {
    mkdirSync(making);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  const { pid, runtimePid, command } = await serve(making);
  process.kill(pid, "SIGTERM");
  await command.ended;
  await untilEnded([runtimePid]);
  renameSync(making, made);
}

/** SIGKILL for the whole group at once: nobody has time to put anything in order. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** True while a process runs; one that only waits to be collected does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    // ESRCH: no such process. ENOENT: it ended in between, or this is no Linux.
    return (error as NodeJS.ErrnoException).code === "ENOENT" && process.platform !== "linux";
  }
}

/** Waits until none of these runs. Errors: one that names the first that still does. */
export async function untilEnded(pids: number[], timeoutMs = 10_000): Promise<void> {
  const giveUpMs = Date.now() + timeoutMs;
  for (;;) {
    const alive = pids.find(isRunning);
    if (alive === undefined) return;
    if (Date.now() > giveUpMs) throw new Error(`process ${alive} still runs`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
