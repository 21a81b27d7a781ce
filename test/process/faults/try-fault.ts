/** Plants faults, each in a copy of the code, and runs the tests that have to notice it there. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/build.ts";
import { edited, type Fault } from "./planted.ts";

const COPIED = [
  ...["src", "test", "scripts", "bench", "migrations", "public"],
  ...["package.json", "package-lock.json", "tsconfig.json", "vitest.config.ts", "wrangler.toml"],
];

type Report = {
  numTotalTests: number;
  numFailedTests: number;
  testResults: { message: string; assertionResults: { status: string; fullName: string }[] }[];
};
type Row = { fault: string; failed: string[]; tests: number; seconds: number };

/** Variables of the environment that the tests read, and arguments of vitest. */
type Settings = { env: Record<string, string>; args?: string[] };

/**
 * Tries the copy without a fault, then each fault, and says so as it goes; `found` counts those
 * that a test noticed.
 */
export async function tryFaults(
  faults: readonly Fault[],
  settings: Settings,
): Promise<{ rows: Row[]; found: number }> {
  const tests = [...new Set(faults.flatMap((fault) => fault.tests))];
  const control: Fault = { name: "none: the code as it is", edits: [], tests };
  const rows: Row[] = [];
  for (const fault of [control, ...faults]) {
    const row = await tryFault(fault, settings);
    process.stderr.write(`${rowText(row)}\n`);
    rows.push(row);
  }
  const [, ...planted] = rows;
  return { rows, found: planted.filter(({ failed }) => failed.length > 0).length };
}

async function tryFault({ name, edits, tests }: Fault, settings: Settings): Promise<Row> {
  const dir = join(ROOT, ".build/fault");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const path of COPIED) cpSync(join(ROOT, path), join(dir, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  for (const edit of edits) {
    const path = join(dir, edit.file);
    writeFileSync(path, edited(readFileSync(path, "utf8"), edit));
  }
  const startedMs = performance.now();
  const { numTotalTests, testResults } = await runTests(dir, tests, settings);
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  );
  rmSync(dir, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  return { fault: name, failed, tests: numTotalTests, seconds };
}

/** Errors: one with all output where a test file did not even load: that finds no fault. */
async function runTests(
  dir: string,
  tests: readonly string[],
  { env, args: more = [] }: Settings,
): Promise<Report> {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const report = join(dir, "report.json");
  const args = [vitest, "run", ...tests, ...more, "--reporter=json", `--outputFile=${report}`];
  const child = spawn(process.execPath, args, {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => child.kill();
  process.once("exit", kill);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  await new Promise((resolve) => child.once("close", resolve));
  process.off("exit", kill);
  let read: Report;
  try {
    read = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    throw new Error(`the tests did not run:\n${printed}`);
  }
  const broken = read.testResults.find(({ assertionResults }) => assertionResults.length === 0);
  if (broken) throw new Error(`a test file did not load:\n${broken.message}\n${printed}`);
  return read;
}

function rowText({ fault, failed, tests, seconds }: Row): string {
  const result = failed.length === 0 ? "passed" : `FAILED: ${failed[0]}`;
  const more = failed.length > 1 ? ` and ${failed.length - 1} more` : "";
  return `${fault}\n    ${tests} tests, ${seconds} s, ${result}${more}`;
}
