/**
 * `npm run test:examples`: the reference's code in the hands of those who take it. Each TypeScript
 * example is compiled against the client, each Python and shell example is parsed, some are run;
 * openapi-typescript makes types of the document, and openapi-python-client a client.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/build.ts";
import { readOptions } from "../../../scripts/lib/options.ts";
import { exitOnSignals, runCommand, UserError } from "../../../scripts/lib/process.ts";
import type { ApiDocument, Operation } from "../../../src/dashboard/reference/document.ts";
import { type Sent, unknownIn } from "./sent.ts";

const USAGE = {
  command: "npm run test:examples",
  about:
    "Compiles, parses and runs the examples of the reference, holds what those in Python send " +
    "to the document, and makes types and a Python client of /openapi.json. What a machine lacks " +
    "(Python, a registry) is skipped, and that is said.",
  examples: ["npm run test:examples"],
} as const;

const TYPES_PACKAGES = ["openapi-typescript@7.13.0", "typescript@5.9.3"];
const PYTHON_PACKAGE = "openapi-python-client==0.26.2";
/** Of these, what is shown is run as it stands. */
const RUN = [
  "recordUsage",
  "recordUsageBatch",
  "getUsageSummary",
  "listInvoices",
  "createCustomer",
];
const RECORDER = join(ROOT, "test/process/examples/recorder");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

await runCommand(async () => {
  readOptions(USAGE);
  exitOnSignals();
  const { seedServer } = await import("../../../scripts/lib/seed.ts");
  const { startServer } = await import("../../../scripts/lib/server.ts");
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-examples-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  const stateDir = join(dir, "state");
  const server = await startServer({ port: 0, stateDir });
  const { demo } = await seedServer(server, stateDir);
  const text = await (await fetch(`${server.url}/openapi.json`)).text();
  const document = JSON.parse(text) as ApiDocument;
  const operations = operationsOf(document);
  writeFileSync(join(dir, "openapi.json"), text);
  const python = findPython();

  checkScripts(dir, operations);
  checkShell(operations);
  if (python) checkPython(python, dir, { document, operations });
  else say("skipped: Python's examples, since there is no python3 here");
  runSome(operations, { ...process.env, BOXCOST_KEY: demo }, python);
  makeTypes(dir);
  if (python) makePythonClient(python, dir);
  process.exit(0);
});

function say(text: string): void {
  console.log(text);
}

function operationsOf(document: ApiDocument): Operation[] {
  return Object.values(document.paths).flatMap((methods) => Object.values(methods));
}

function sampleOf(operation: Operation, label: string): string {
  const found = operation["x-codeSamples"]?.find((sample) => sample.label === label);
  if (!found) throw new UserError(`${operation.operationId} has no example in ${label}`);
  return found.source;
}

/** Runs a program; what it prints is shown where it fails. */
function run(program: string, args: string[], options: object = {}): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: "pipe", ...options });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new UserError(`${program} ${args[0] ?? ""} failed:\n${stdout}${stderr}`);
  }
}

function findPython(): string | null {
  try {
    execFileSync("python3", ["--version"], { stdio: "pipe" });
    return "python3";
  } catch {
    return null;
  }
}

function checkScripts(dir: string, operations: Operation[]): void {
  const folder = join(dir, "typescript");
  mkdirSync(folder);
  for (const operation of operations) {
    writeFileSync(join(folder, `${operation.operationId}.ts`), sampleOf(operation, "TypeScript"));
  }
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "esnext",
    moduleResolution: "bundler",
    moduleDetection: "force",
    target: "es2024",
    lib: ["es2024", "dom"],
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    paths: { "@boxcostpro/client": [join(ROOT, "client/src/index.ts")] },
  };
  const config = JSON.stringify({ compilerOptions, include: ["*.ts"] });
  writeFileSync(join(folder, "tsconfig.json"), config);
  run(process.execPath, [TSC, "-p", folder]);
  say(`compiled: ${operations.length} examples in TypeScript`);
}

function checkShell(operations: Operation[]): void {
  for (const operation of operations) {
    run("bash", ["-n"], { input: sampleOf(operation, "curl") });
  }
  say(`parsed: ${operations.length} examples in curl`);
}

type Described = { document: ApiDocument; operations: Operation[] };

/** Compiled, and run with a recorder in place of `requests`: what each sends is documented. */
function checkPython(python: string, dir: string, { document, operations }: Described): void {
  const folder = join(dir, "python");
  mkdirSync(folder);
  for (const operation of operations) {
    writeFileSync(join(folder, `${operation.operationId}.py`), sampleOf(operation, "Python"));
  }
  run(python, ["-m", "compileall", "-q", folder]);
  say(`compiled: ${operations.length} examples in Python`);
  const work = join(dir, "python-work");
  mkdirSync(work);
  for (const operation of operations) {
    const read = sampleOf(operation, "Python").matchAll(/open\("([^"]+)", "rb"\)/g);
    for (const [, name = ""] of read) writeFileSync(join(work, name), "a file");
  }
  const env = { ...process.env, BOXCOST_KEY: "a-key", PYTHONDONTWRITEBYTECODE: "1" };
  const said = run(python, [join(RECORDER, "run_all.py"), folder], { cwd: work, env });
  const sent = Object.entries(JSON.parse(said) as Record<string, Sent[]>);
  const wrong = sent.flatMap(([name, requests]) => {
    const unknown = requests.flatMap((request) => unknownIn(document, name, request));
    const isRight = requests.length === 1 && unknown.length === 0;
    return isRight ? [] : [`${name}, ${requests.length} requests: ${unknown.join("; ")}`];
  });
  if (wrong.length > 0) throw new UserError(wrong.join("\n"));
  say(`held to the document: what ${sent.length} examples in Python send`);
}

/** The server answers meanwhile: its runtime is a process of its own. */
function runSome(operations: Operation[], env: NodeJS.ProcessEnv, python: string | null): void {
  const requests = python !== null && hasRequests(python);
  for (const operation of operations.filter(({ operationId }) => RUN.includes(operationId))) {
    const curl = sampleOf(operation, "curl").replace("curl ", "curl -sS --fail-with-body ");
    run("bash", ["-c", curl], { env });
    if (python && requests) run(python, ["-c", sampleOf(operation, "Python")], { env });
  }
  say(`run: ${RUN.join(", ")} in curl${requests ? " and Python" : ""}`);
  if (!requests) say("skipped: running Python's, since it has no requests here");
}

function hasRequests(python: string): boolean {
  try {
    execFileSync(python, ["-c", "import requests"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** They are no dependencies: they would bring forty packages that nothing else needs. */
function makeTypes(dir: string): void {
  const out = join(dir, "types.ts");
  const packages = TYPES_PACKAGES.flatMap((name) => ["-p", name]);
  try {
    execFileSync("npm", ["view", TYPES_PACKAGES[0] ?? "", "version"], { stdio: "pipe" });
  } catch {
    say("skipped: openapi-typescript, since the registry cannot be reached");
    return;
  }
  const command = ["openapi-typescript", join(dir, "openapi.json"), "-o", out];
  run("npx", ["--yes", ...packages, ...command]);
  run(process.execPath, [TSC, "--noEmit", "--strict", "--target", "es2024", out], { cwd: dir });
  say("made and compiled: types by openapi-typescript");
}

function makePythonClient(python: string, dir: string): void {
  const env = join(dir, "venv");
  const out = join(dir, "python-client");
  try {
    execFileSync(python, ["-m", "venv", env], { stdio: "pipe" });
    execFileSync(join(env, "bin/pip"), ["install", "-q", PYTHON_PACKAGE], { stdio: "pipe" });
  } catch {
    say("skipped: openapi-python-client, since it cannot be installed here");
    return;
  }
  const generate = ["generate", "--path", join(dir, "openapi.json"), "--output-path", out];
  run(join(env, "bin/openapi-python-client"), generate);
  run(python, ["-m", "compileall", "-q", out]);
  say(`made and compiled: ${globSync("**/*.py", { cwd: out }).length} files of a Python client`);
}
