/**
 * `npm run test:lives`: 2,000 random lives of subscriptions against their model, or `LIVES` of
 * them, or that of one `LIFE_SEED`. `-- --faults` plants faults in copies of the code instead, each
 * of which 200 lives have to notice.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/build.ts";
import { readOptions } from "../../../scripts/lib/options.ts";
import { exitOnSignals, runCommand } from "../../../scripts/lib/process.ts";
import { tryFaults } from "../faults/try-fault.ts";
import { LIFE_FAULTS } from "./planted.ts";

const USAGE = {
  command: "npm run test:lives",
  about:
    "Plays random lives of subscriptions on test clocks and compares them with a small model of " +
    "the rules, line by line.",
  options: {
    faults: {
      type: "boolean",
      default: false,
      about: "plants faults in copies of the code instead, each of which the lives must notice",
    },
    only: { type: "string", value: "TEXT", about: "of the faults, those with this in their name" },
  },
  environment: {
    LIVES: "how many lives (default: 2000, and 200 for each fault)",
    LIFE_SEED: "plays the life of one seed again",
  },
  examples: ["npm run test:lives", "LIFE_SEED=7 npm run test:lives"],
} as const;

await runCommand(async () => {
  exitOnSignals();
  const { values } = readOptions(USAGE);
  process.exit(values.faults ? await plant(values.only ?? "") : play());
});

function play(): number {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--project", "worker", "test/billing/lives", "--reporter=verbose"];
  const env = { LIVES: "2000", ...process.env };
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: "inherit" }).status ?? 1;
}

async function plant(only: string): Promise<number> {
  const faults = LIFE_FAULTS.filter(({ name }) => name.includes(only));
  const env = { LIVES: process.env.LIVES ?? "200", LIFE_WHOLE: "yes" };
  const { rows, found } = await tryFaults(faults, { env, args: ["--bail=1"] });
  console.log(`${found} of ${faults.length} planted faults found`);
  return rows[0]?.failed.length === 0 && found === faults.length ? 0 : 1;
}
