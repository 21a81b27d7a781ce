/**
 * `npm run test:neighbours`: one tenant at each of its budgets, going on to ask for more, while 64
 * others record and read. Prints for each budget the others' 99th percentile beside it, and fails
 * where that is more than twice what it is alone: of all that they asked alone in the same run, in
 * a phase before each that is beside, since the runtime's collector stops everybody now and then
 * for a tenth of a second, which a single phase has or has not. `--seconds N` a phase, `--rounds N`
 * with a new tenant each, `--only NAME` for one budget. `--only hot` runs `hot.ts` instead.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Api, apiAt } from "../scripts/lib/api.ts";
import { readOptions } from "../scripts/lib/options.ts";
import { exitOnSignals, runCommand, UserError } from "../scripts/lib/process.ts";
import { seedServer } from "../scripts/lib/seed.ts";
import type { Server } from "../scripts/lib/server.ts";
import { BUDGET_NAMES, type BudgetName } from "../src/core/budget.ts";
import { type Ask, type Driver, NEIGHBOURS, type Place, recording } from "./at-budget.ts";
import { startBadReceiver } from "./bad-receiver.ts";
import { MOST_HOT_RATIO, percentile, runHot } from "./hot.ts";
import { METRIC } from "./product.ts";

const OTHERS = 64;
/** Each of the others sends one request in so many milliseconds, recording and reading in turn. */
const OTHER_EVERY_MS = 500;
/** What one key may send: 6,000 a minute, which recording is held to here as well. */
const ASK_EVERY_MS = 10;
/** Requests of the tenant at its budget that wait for their answer at one time. */
const MOST_WAITING = 16;
const MOST_RATIO = 2;
/** With two phases a round, all budgets take about a quarter of an hour. */
const PHASE_SECONDS = 8;
const ROUNDS = 3;
const LEAD_MS = 1_000;
const MOST_ASKED = LEAD_MS / ASK_EVERY_MS;
/** Within so many of them a tenant has come to its budget. */
const MOST_LEADS = 20;

const USAGE = {
  command: "npm run test:neighbours",
  about:
    "Holds one tenant at each of its budgets beside 64 others, and fails where the others' 99th " +
    "percentile is more than twice what it is alone. About a quarter of an hour.",
  options: {
    seconds: {
      type: "string",
      value: "N",
      default: String(PHASE_SECONDS),
      about: "how long a phase is",
    },
    rounds: {
      type: "string",
      value: "N",
      default: String(ROUNDS),
      about: "how often each is measured, with a new tenant each",
    },
    only: {
      type: "string",
      value: "NAME",
      about:
        `one budget: ${BUDGET_NAMES.join(", ")}; or hot: 64 tenants record at once, one of ` +
        "them a hundred times what each other does, and nobody's 99th percentile may be over " +
        "three times its own",
    },
    rate: {
      type: "string",
      value: "N",
      default: "0.5",
      about: "with hot: requests a second of each tenant but the one",
    },
  },
  examples: [
    "npm run test:neighbours",
    "npm run test:neighbours -- --only events_per_minute",
    "npm run test:neighbours -- --only hot",
  ],
} as const;

type Tenant = { id: string; key: string };

function send(url: string, key: string, { method, path, body }: Ask): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const READ: Ask = { method: "GET", path: "/api/usage/current-period" };

/** The others' answers in a phase, in milliseconds. Errors: any answer that is not 2xx. */
async function runOthers(url: string, others: readonly Tenant[], untilMs: number) {
  const took: number[] = [];
  const run = async ({ key }: Tenant, offset: number) => {
    for (let n = 0, atMs = performance.now() + offset; atMs < untilMs; n++) {
      await until(atMs);
      const ask = n % 2 === 0 ? recording(1, () => METRIC) : READ;
      const answer = await send(url, key, ask);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`a neighbour was answered ${answer.status}: ${text}`);
      // From when it was due: a late start counts as waiting.
      took.push(performance.now() - atMs);
      atMs += OTHER_EVERY_MS;
    }
  };
  await Promise.all(others.map((other, i) => run(other, (i * OTHER_EVERY_MS) / OTHERS)));
  return took;
}

function until(atMs: number): Promise<void> {
  const waitMs = atMs - performance.now();
  return waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : Promise.resolve();
}

/** Asks until a time; what the answers' statuses were. */
async function runAsking(url: string, key: string, ask: Driver["ask"], untilMs: number) {
  const statuses = new Map<number, number>();
  const waiting = new Set<Promise<void>>();
  for (let n = 0, atMs = performance.now(); atMs < untilMs; n++, atMs += ASK_EVERY_MS) {
    await until(atMs);
    if (waiting.size >= MOST_WAITING) await Promise.race(waiting);
    const asked = send(url, key, ask(n)).then(async (answer) => {
      await answer.arrayBuffer();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      waiting.delete(asked);
    });
    waiting.add(asked);
  }
  await Promise.all(waiting);
  return statuses;
}

/** Asks until the tenant has all that it may: it is refused, uses all of it, or says so itself. */
async function reach(name: BudgetName, { url, api }: Place, key: string, driver: Driver) {
  type Budgets = { data: { name: BudgetName; limit: number; used: number | null }[] };
  for (let lead = 0; lead < MOST_LEADS; lead++) {
    const from = lead * MOST_ASKED;
    const ask = (n: number) => driver.ask(from + n);
    const statuses = await runAsking(url, key, ask, performance.now() + LEAD_MS);
    const { data } = await api.call<Budgets>("GET", "/api/tenant/budgets");
    const budget = data.find((budget) => budget.name === name);
    const isUsed = budget && budget.used !== null && budget.used >= budget.limit;
    const isRefused = statuses.has(429);
    if (driver.isReached ? isRefused && (await driver.isReached()) : isUsed || isRefused) return;
  }
  throw new UserError(`the tenant never came to its budget ${name}`);
}

/** What the others waited for, in milliseconds, and how often the tenant got each status. */
type Round = { alone: number[]; beside: number[]; statuses: Map<number, number> };

/** The others without the tenant, and while it stays at its budget. */
async function runRound(
  name: BudgetName,
  others: readonly Tenant[],
  { place, tenant, operator }: { place: Place; tenant: Tenant; operator: Api },
  { phaseMs, progress }: { phaseMs: number; progress: (step: string) => void },
): Promise<Round> {
  const { limit, prepare } = NEIGHBOURS[name];
  progress("the others alone");
  const alone = await runOthers(place.url, others, performance.now() + phaseMs);
  progress("up to the budget");
  const driver = await prepare(place);
  await operator.call("PUT", `/api/tenants/${tenant.id}/budgets`, { [name]: limit });
  await reach(name, place, tenant.key, driver);
  progress("the others beside it");
  const untilMs = performance.now() + phaseMs;
  const ask = (n: number) => driver.ask(MOST_LEADS * MOST_ASKED + n);
  const [beside, statuses] = await Promise.all([
    runOthers(place.url, others, untilMs),
    runAsking(place.url, tenant.key, ask, untilMs),
  ]);
  await driver.end?.();
  return { alone, beside, statuses };
}

/** The answers of all rounds: "800 x 429". */
function answersOf(rounds: readonly Round[]): string {
  const sums = new Map<number, number>();
  for (const [status, count] of rounds.flatMap(({ statuses }) => [...statuses])) {
    sums.set(status, (sums.get(status) ?? 0) + count);
  }
  return [...sums].map(([status, count]) => `${count} x ${status}`).join(" ");
}

/** Errors: `UserError` for a name that is no budget. */
function chosen(only: string | undefined): readonly BudgetName[] {
  const names = BUDGET_NAMES.filter((name) => (only ?? name) === name);
  if (names.length === 0) throw new UserError(`--only takes one of ${BUDGET_NAMES.join(", ")}`);
  return names;
}

async function makeTenant(operator: Api, name: string): Promise<Tenant> {
  const made = await operator.call<Tenant>("POST", "/api/tenants", { name });
  const subscription = { tenant_id: made.id, plan: "ENTERPRISE", base_price: 0 };
  await operator.call("POST", "/api/subscriptions", subscription);
  return made;
}

type Options = { phaseMs: number; rounds: number };

async function run(names: readonly BudgetName[], { phaseMs, rounds }: Options): Promise<number> {
  const [trusted, unproven] = await Promise.all([startBadReceiver(), startBadReceiver()]);
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-neighbours-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const log = (text: string) => console.error(text);
  const bindings = { WEBHOOK_TRUSTED_HOSTS: trusted.host };
  const { startServer } = await import("../scripts/lib/server.ts");
  const server: Server = await startServer({ port: 0, stateDir, bindings, onProgress: log });
  const { url } = server;
  const operator = apiAt(url, (await seedServer(server, stateDir)).operator);
  log(`making ${OTHERS} tenants, and waking them`);
  const others: Tenant[] = [];
  for (let i = 0; i < OTHERS; i++) others.push(await makeTenant(operator, `Neighbour ${i}`));
  await runOthers(url, others, performance.now() + phaseMs);
  const measured: { name: BudgetName; done: Round[] }[] = [];
  for (const [i, name] of names.entries()) {
    const done: Round[] = [];
    measured.push({ name, done });
    while (done.length < rounds) {
      const tenant = await makeTenant(operator, name);
      const place = { url, api: apiAt(url, tenant.key), trusted, unproven };
      const where = `${i + 1} of ${names.length}, ${name}, round ${done.length + 1} of ${rounds}`;
      const progress = (step: string) => log(`${where}: ${step}`);
      const at = { place, tenant, operator };
      done.push(await runRound(name, others, at, { phaseMs, progress }));
    }
  }
  trusted.close();
  unproven.close();
  await server.close();
  return report(measured);
}

/** Prints the table; how many budgets are above the ratio. */
function report(measured: readonly { name: BudgetName; done: readonly Round[] }[]): number {
  const alone = measured.flatMap(({ done }) => done.flatMap((round) => round.alone));
  const [aloneMs, middleMs] = [percentile(alone, 99), percentile(alone, 50)];
  console.log(`alone: p50 ${middleMs.toFixed(1)} ms, p99 ${aloneMs.toFixed(1)} ms`);
  const line = (cells: readonly string[]) =>
    console.log(cells.map((cell, i) => cell[i === 0 ? "padEnd" : "padStart"](26)).join(" "));
  line(["budget", "beside p50 ms", "p99 ms", "ratio", "answers"]);
  let failed = 0;
  for (const { name, done } of measured) {
    const beside = done.flatMap((round) => round.beside);
    const besideMs = percentile(beside, 99);
    const ratio = besideMs / aloneMs;
    if (ratio > MOST_RATIO) failed++;
    const cells = [percentile(beside, 50), besideMs].map((ms) => ms.toFixed(1));
    line([name, ...cells, ratio.toFixed(2), answersOf(done)]);
  }
  return failed;
}

await runCommand(async () => {
  exitOnSignals();
  const { values } = readOptions(USAGE);
  const phaseMs = Number(values.seconds) * 1_000;
  if (!(phaseMs > 0)) throw new UserError("--seconds takes a number above 0");
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new UserError("--rounds takes 1 or more");
  if (values.only === "hot") {
    const rate = Number(values.rate);
    if (!(rate > 0)) throw new UserError("--rate takes a number above 0");
    const slow = await runHot({ rate, phaseMs, rounds, log: (text) => console.error(text) });
    if (slow > 0) {
      throw new UserError(
        `${slow} tenants wait for over ${MOST_HOT_RATIO} times what they do alone`,
      );
    }
    process.exit(0);
  }
  const failed = await run(chosen(values.only), { phaseMs, rounds });
  if (failed > 0) throw new UserError(`${failed} budgets let a tenant slow its neighbours down`);
  process.exit(0);
});
