/**
 * `npm run simulate`: what an installation of a size needs and costs, and which limit of the
 * platform it meets first, computed from what the bench measured. Reads one file, asks nobody.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/build.ts";
import { readOptions } from "./lib/options.ts";
import { runCommand, UserError } from "./lib/process.ts";
import { ASKED, installationOf } from "./lib/simulate/asked.ts";
import { constantsIn } from "./lib/simulate/constants.ts";
import { estimate } from "./lib/simulate/estimate.ts";
import { estimateText } from "./lib/simulate/text.ts";
import { insistFile } from "./lib/user-file.ts";

const FILE = "bench/constants.json";

type Size = { type: "string"; value: string; default: string; about: string };
const SIZES = Object.fromEntries(
  Object.entries(ASKED).map(([name, { about, value, default: standard }]) => [
    name,
    { type: "string", value, default: standard, about },
  ]),
) as { [name in keyof typeof ASKED]: Size };

const USAGE = {
  command: "npm run simulate",
  about:
    "What an installation of a size needs and costs in a month, by component, and which limit " +
    "of the platform it meets first; from the constants that the bench measured.",
  options: {
    ...SIZES,
    constants: { type: "string", value: "FILE", default: FILE, about: "the bench's constants" },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  examples: [
    "npm run simulate -- --tenants 100000 --events-per-day 1e10",
    "npm run simulate -- --tenants 50 --events-per-day 1e6 --batch 100 --json",
  ],
} as const;

await runCommand(async () => {
  const { values } = readOptions(USAGE);
  const path = values.constants ?? FILE;
  const text = readFileSync(insistFile(path === FILE ? join(ROOT, path) : path), "utf8");
  const { measured, constants } = asked(() => constantsIn(text, path));
  const installation = asked(() => installationOf(values));
  const estimated = estimate(installation, constants);
  if (values.json) process.stdout.write(`${json({ installation, measured, ...estimated })}\n`);
  else console.log(estimateText(installation, estimated, measured));
});

/** What is wrong with what was asked is said, without where in the code. */
function asked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/** Money and quantities are digits in a text: they may be larger than what a number holds. */
function json(value: unknown): string {
  return JSON.stringify(value, (_, of) => (typeof of === "bigint" ? String(of) : of), 2);
}
