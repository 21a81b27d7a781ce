/**
 * `npm run test:lives`: 2,000 random lives of subscriptions against their model, or `LIVES` of
 * them, or that of one `LIFE_SEED`. `-- --faults` plants faults in copies of the code instead, each
 * of which 200 lives have to notice.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../../scripts/lib/build.ts";
import { exitOnSignals, runCommand } from "../../../scripts/lib/process.ts";
import { tryFaults } from "../faults/try-fault.ts";
import { LIFE_FAULTS } from "./planted.ts";

await runCommand(async () => {
  exitOnSignals();
  const { values } = parseArgs({
    options: { faults: { type: "boolean", default: false }, only: { type: "string" } },
  });
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
