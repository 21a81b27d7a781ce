/**
 * `npm run bench`: recording in batches of 1,000, drained into the ledger, beside bare Hono and one
 * D1 INSERT per request in the same runtime. Ratios carry over to other machines; rates do not.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/lib/build.ts";
import { exitOnSignals, runCommand } from "../scripts/lib/process.ts";
import { seedServer } from "../scripts/lib/seed.ts";
import { startServer } from "../scripts/lib/server.ts";
import { requestBytes, runLoad } from "./load.ts";

const ROUNDS = 5;
const BATCH = 1_000;
const BATCHES_A_ROUND = 60;
const USERS = 10_000;

type Rates = { hello: number; insert: number; events: number };
type Target = { ratio: number; target: number; direction: "min" | "max" };

await runCommand(async () => {
  exitOnSignals();
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-bench-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const beside = join(ROOT, "bench/wrangler.toml");
  const server = await startServer({ port: 0, stateDir, beside });
  const { demo } = await seedServer(server, stateDir);
  const baseline = server.besideUrl ?? "";
  await fetch(`${baseline}/setup`, { method: "POST" });
  const rounds: Rates[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await measure(server.url, baseline, demo));
    process.stderr.write(`round ${round + 1} of ${ROUNDS}: ${rateText(rounds.at(-1))}\n`);
  }
  await server.close();
  report(rounds, values.json);
  process.exit(0);
});

async function measure(url: string, baseline: string, key: string): Promise<Rates> {
  const hello = requestBytes(new URL(`${baseline}/hello`), { method: "GET" });
  const insert = requestBytes(new URL(`${baseline}/insert`), {
    method: "POST",
    body: JSON.stringify({ metric: "api_calls", quantity: 1, user: "u1" }),
  });
  const batches = Array.from({ length: BATCHES_A_ROUND }, () => batchBytes(url, key));
  return {
    hello: 20_000 / (await runLoad({ url: baseline, connections: 64, next: times(20_000, hello) })),
    insert: 2_000 / (await runLoad({ url: baseline, connections: 64, next: times(2_000, insert) })),
    events: await batchRate(url, key, batches),
  };
}

/** Events a second, from the first batch to the answer of a read that needs all in the ledger. */
async function batchRate(url: string, key: string, batches: Buffer[]): Promise<number> {
  const startedMs = performance.now();
  await runLoad({ url, connections: 4, next: () => batches.pop() ?? null });
  const summary = await fetch(`${url}/api/usage/summary?metric_name=api_calls`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!summary.ok) throw new Error(`the summary answered ${summary.status}`);
  await summary.arrayBuffer();
  return (BATCH * BATCHES_A_ROUND * 1000) / (performance.now() - startedMs);
}

function batchBytes(url: string, key: string): Buffer {
  const items = Array.from({ length: BATCH }, () => ({
    id: randomUUID(),
    metric_name: "api_calls",
    quantity: 1,
    user_id: `user-${Math.floor(Math.random() * USERS)}`,
  }));
  return requestBytes(new URL(`${url}/api/usage/events`), {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(items),
  });
}

function times(count: number, request: Buffer): () => Buffer | null {
  let left = count;
  return () => (left-- > 0 ? request : null);
}

function report(rounds: Rates[], json: boolean): void {
  const ratio = (of: (rates: Rates) => number) => Number(median(rounds.map(of)).toFixed(2));
  const promises: Record<string, Target> = {
    batch_1000_to_hello: { ratio: ratio((r) => r.events / r.hello), target: 5, direction: "min" },
    batch_1000_to_d1_insert: {
      ratio: ratio((r) => r.events / r.insert),
      target: 85,
      direction: "min",
    },
  };
  if (json) return void process.stdout.write(`${JSON.stringify(promises, null, 2)}\n`);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const cpu = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown"}`;
  console.log(`\n${process.platform} ${process.arch}, ${cpu}, ${memory}, node ${process.version}`);
  console.log(`medians of ${rounds.length} rounds; batches of ${BATCH}, drain included`);
  for (const [name, { ratio, target }] of Object.entries(promises)) {
    console.log(`${name.padEnd(26)} ${ratio}  (floor ${target})`);
  }
}

function rateText(rates: Rates | undefined): string {
  const text = (rate = 0) => Math.round(rate).toLocaleString("en");
  const { hello, insert, events } = rates ?? {};
  return `hello ${text(hello)}/s, D1 INSERT ${text(insert)}/s, events ${text(events)}/s`;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
