/**
 * `npm run test:faults`: plants each fault in a copy of the code and runs the tests that have to
 * notice it there. Fails when one goes unnoticed, or when the copy without a fault fails.
 */
import { readOptions } from "../../../scripts/lib/options.ts";
import { exitOnSignals, runCommand } from "../../../scripts/lib/process.ts";
import { FAULTS } from "./planted.ts";
import { tryFaults } from "./try-fault.ts";

const MODEL_RUNS = process.env.MODEL_RUNS ?? "100";

const USAGE = {
  command: "npm run test:faults",
  about: "Plants each fault in a copy of the code and runs the tests, which have to notice it.",
  options: {
    only: { type: "string", value: "TEXT", about: "the faults with this in their name" },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  environment: { MODEL_RUNS: "how long the test of the model is (default: 100)" },
  examples: ["npm run test:faults", 'npm run test:faults -- --only "lost alert"'],
} as const;

await runCommand(async () => {
  exitOnSignals();
  const { values } = readOptions(USAGE);
  const faults = FAULTS.filter(({ name }) => name.includes(values.only ?? ""));
  const { rows, found } = await tryFaults(faults, { env: { MODEL_RUNS } });
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else console.log(`${found} of ${faults.length} planted faults found`);
  const good = rows[0]?.failed.length === 0 && found === faults.length;
  process.exit(good ? 0 : 1);
});
