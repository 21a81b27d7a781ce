/**
 * `npm run test:credits`: 500 sequences of 50 acts on the invoices of a customer against their
 * model, and 100 with purchased credit. Parts of it run two at once, each in a runtime of its own:
 * one that held all would grow by what they leave behind.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/build.ts";
import { readOptions } from "../../../scripts/lib/options.ts";
import { exitOnSignals, runCommand } from "../../../scripts/lib/process.ts";

const SEQUENCES = 500;
const EACH = 25;
const AT_ONCE = 2;
const STEPS = "50";

const USAGE = {
  command: "npm run test:credits",
  about:
    `Plays ${SEQUENCES} sequences of ${STEPS} acts with credit notes, payments and balances ` +
    "against a model of them, in parts. About twelve minutes.",
  examples: ["npm run test:credits"],
} as const;

await runCommand(async () => {
  exitOnSignals();
  readOptions(USAGE);
  const parts = Array.from({ length: SEQUENCES / EACH }, (_, i) => i + 1);
  const next = parts.values();
  let failed = 0;
  const work = async () => {
    for (const part of next) {
      const startedMs = performance.now();
      const { code, output } = await runPart();
      if (code !== 0) {
        failed++;
        console.error(output);
      }
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      const result = code === 0 ? "no difference" : "FAILED, see above";
      console.log(`part ${part} of ${parts.length}: ${EACH} sequences, ${result}, ${seconds} s`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(`${parts.length - failed} of ${parts.length} parts without a difference`);
  process.exit(failed === 0 ? 0 : 1);
});

async function runPart(): Promise<{ code: number | null; output: string }> {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const test = "test/documents/lifecycle/credit-model";
  const env = { ...process.env, MODEL_STEPS: STEPS, CREDIT_RUNS: String(EACH) };
  const child = spawn(process.execPath, [vitest, "run", "--project", "worker", test], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: Buffer.concat(chunks).toString() };
}
