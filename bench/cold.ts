/**
 * How a fresh isolate begins. What it evaluates is the CPU of a runtime's whole process up to
 * its first answer, less that of a Worker that does nothing; the first event as CPU and as time,
 * beside bare Hono with one call of an object that is as fresh, in the same process. Each process
 * begins with the same state, in which no alarm is due, and sweeps nothing: nothing has been done
 * in its isolates.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel } from "miniflare";
import { buildWorker, type Module, ROOT } from "../scripts/lib/build.ts";
import { demoKeyIn, seedServer } from "../scripts/lib/seed.ts";
import type { Server } from "../scripts/lib/server.ts";
import { median } from "./large.ts";
import { cpuMs, untilQuiet } from "./process.ts";

const STARTS = 7;
const CONFIG = join(ROOT, "wrangler.toml");
const ENTRY = join(ROOT, "src/index.ts");
const BARE = join(ROOT, "bench/cold.toml");

/** The alarm of a meter comes ten seconds after an event, and once more for what that left. */
const ALARMS_MS = 30_000;

/** By their paths. */
const BARE_CALLS = ["object", "recorded"] as const;

export type Cold = {
  /** CPU of what an isolate does before its first answer, in milliseconds: the least of all. */
  evaluation: number;
  evaluationOfHono: number;
  /** The first request of an isolate that has begun: milliseconds, and milliseconds of CPU. */
  health: First;
  healthOfHono: First;
  event: First;
  /** The first request for a route that is loaded when it is asked for. */
  later: First;
  /** Bare Hono with a call of an object; and with one that stores, and a read of D1. */
  object: First;
  recorded: First;
};
/** Up to the answer; `all` is the CPU with what follows it at once. */
type First = { ms: number; cpu: number; all: number };

/** Null where the system does not say what CPU each thread of a process has used. */
export async function measureCold(): Promise<Cold | null> {
  if (!existsSync("/proc/self/task")) return null;
  return { ...(await measureEvaluation()), ...(await measureFirsts()) };
}

export function coldText(cold: Cold): string {
  const of = ({ ms, cpu, all }: First) =>
    `${ms.toFixed(1)} ms (${cpu.toFixed(1)} of CPU, ${all.toFixed(1)} with what follows)`;
  return [
    `a fresh isolate evaluates ${cold.evaluation.toFixed(1)} ms, bare Hono's ` +
      cold.evaluationOfHono.toFixed(1),
    `its first /healthz takes ${of(cold.health)}, bare Hono's ${of(cold.healthOfHono)}`,
    `its first event ${of(cold.event)}, bare Hono with an object ${of(cold.object)}, ` +
      `with one that stores and a read of D1 ${of(cold.recorded)}`,
    `the first of all other routes ${of(cold.later)}`,
  ].join(", ");
}

async function measureEvaluation() {
  const product = await buildWorker(CONFIG, ENTRY);
  const hono = await buildWorker(BARE);
  // The process reads these bytes with the rest, and nobody evaluates them.
  const data = product.modules.filter(({ type }) => type === "Data");
  const contents = "export default { fetch: () => new Response() }";
  const nothing: Module = { type: "ESModule", path: "index.js", contents };
  const flags = product.options.compatibilityFlags ?? [];
  const workers = {
    product: product.modules,
    hono: [...hono.modules, ...data],
    nothing: [nothing, ...data],
  };
  const least = { product: Infinity, hono: Infinity, nothing: Infinity };
  for (let start = 0; start < STARTS; start++) {
    for (const [name, modules] of Object.entries(workers)) {
      const of = name as keyof typeof least;
      least[of] = Math.min(least[of], await cpuToFirstAnswer(modules, flags));
    }
  }
  return {
    evaluation: least.product - least.nothing,
    evaluationOfHono: least.hono - least.nothing,
  };
}

async function cpuToFirstAnswer(modules: Module[], flags: string[]): Promise<number> {
  const { launchRuntime } = await import("../scripts/lib/runtime.ts");
  const options = convertV4MiniflareOptions({
    workers: [
      {
        name: "cold",
        modules,
        compatibilityDate: "2026-11-01",
        compatibilityFlags: flags,
        bindings: { PUBLIC_URL: "" },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
    ],
    cf: false,
    log: new Log(LogLevel.WARN),
  });
  const { miniflare, pid, close } = await launchRuntime(options);
  try {
    const url = (await miniflare.unsafeGetDirectURL()).origin;
    const answer = await fetch(`${url}/healthz`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`a fresh isolate answered ${text}`);
    return cpuMs(pid);
  } finally {
    await close();
  }
}

/** Both by turns in each of several fresh processes, on copies of one state. */
async function measureFirsts() {
  const dirs = mkdtempSync(join(tmpdir(), "boxcostpro-cold-"));
  process.once("exit", () => rmSync(dirs, { recursive: true, force: true }));
  const { startServer } = await import("../scripts/lib/server.ts");
  const start = (stateDir: string) => {
    const fresh = { unguarded: true, unswept: true, beside: BARE };
    return startServer({ port: 0, stateDir, entry: ENTRY, ...fresh });
  };
  const state = join(dirs, "state");
  const event = await seedCold(await start(state), state);
  const firsts = {
    health: [] as First[],
    healthOfHono: [] as First[],
    event: [] as First[],
    object: [] as First[],
    recorded: [] as First[],
    later: [] as First[],
  };
  for (let turn = 0; turn < STARTS; turn++) {
    const copy = join(dirs, `turn-${turn}`);
    cpSync(state, copy, { recursive: true });
    const server = await start(copy);
    const { url, besideUrl, runtimePid: pid } = server;
    const ours = async () => {
      firsts.health.push(await firstOf(pid, `${url}/healthz`));
      firsts.event.push(await firstOf(pid, `${url}/api/usage/record`, event));
      firsts.later.push(await firstOf(pid, `${url}/docs`));
    };
    const theirs = async () => {
      firsts.healthOfHono.push(await firstOf(pid, `${besideUrl}/healthz`));
      for (const name of turn % 4 < 2 ? BARE_CALLS : BARE_CALLS.toReversed()) {
        firsts[name].push(await firstOf(pid, `${besideUrl}/${name}`, event));
      }
    };
    // Whoever comes first has the process begin to have objects.
    if (turn % 2 === 0) await ours();
    await theirs();
    if (turn % 2 !== 0) await ours();
    await server.close();
    rmSync(copy, { recursive: true });
  }
  const middle = (of: First[]): First => ({
    ms: median(of.map(({ ms }) => ms)),
    cpu: median(of.map(({ cpu }) => cpu)),
    all: median(of.map(({ all }) => all)),
  });
  return {
    health: middle(firsts.health),
    healthOfHono: middle(firsts.healthOfHono),
    event: middle(firsts.event),
    object: middle(firsts.object),
    recorded: middle(firsts.recorded),
    later: middle(firsts.later),
  };
}

/** Has an event recorded by all that is measured, so that their objects are there; answers it. */
async function seedCold(server: Server, stateDir: string): Promise<RequestInit> {
  await seedServer(server, stateDir);
  const body = JSON.stringify({ metric_name: "api_calls", quantity: 1 });
  const authorization = `Bearer ${demoKeyIn(stateDir)}`;
  const headers = { authorization, "content-type": "application/json" };
  const event = { method: "POST", headers, body };
  const { url, besideUrl, runtimePid } = server;
  const recorded = [`${url}/api/usage/record`, ...BARE_CALLS.map((name) => `${besideUrl}/${name}`)];
  for (const path of recorded) await firstOf(runtimePid, path, event);
  await new Promise((resolve) => setTimeout(resolve, ALARMS_MS));
  await untilQuiet(runtimePid);
  await server.close();
  return event;
}

async function firstOf(pid: number, url: string, asked: RequestInit = {}): Promise<First> {
  await untilQuiet(pid);
  const before = cpuMs(pid);
  const startedMs = performance.now();
  const answer = await fetch(url, asked);
  await answer.arrayBuffer();
  const ms = performance.now() - startedMs;
  const cpu = cpuMs(pid) - before;
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  await untilQuiet(pid);
  return { ms, cpu, all: cpuMs(pid) - before };
}
