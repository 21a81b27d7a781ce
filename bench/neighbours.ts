/**
 * `npm run test:neighbours`: one tenant at each of its budgets, going on to ask for more, while 64
 * others record and read. Prints for each budget the others' 99th percentile alone and beside it,
 * and fails where that is more than twice as much. `--seconds N` a phase, `--budget NAME` for one.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Api, apiAt } from "../scripts/lib/api.ts";
import { exitOnSignals, runCommand, UserError } from "../scripts/lib/process.ts";
import { seedServer } from "../scripts/lib/seed.ts";
import { startServer } from "../scripts/lib/server.ts";
import { BUDGET_NAMES, type BudgetName } from "../src/core/budget.ts";
import { METRIC } from "./product.ts";

const OTHERS = 64;
/** Each of the others sends one request in so many milliseconds, recording and reading in turn. */
const OTHER_EVERY_MS = 500;
/** What one key may send: 6,000 a minute, which recording is held to here as well. */
const ASK_EVERY_MS = 10;
/** Requests of the tenant at its budget that wait for their answer at one time. */
const MOST_WAITING = 16;
const MOST_RATIO = 2;
const DRAWN = [{ name: "Work", quantity: 1, unit_price: 1 }];

type Tenant = { id: string; key: string };
type Ask = { method: string; path: string; body: unknown };
type Hold = { end: () => void };

/** A tenant at a budget: how it gets there, and what it then goes on asking for. */
type Neighbour = {
  /** What the operator sets. */
  limit: number;
  /** Asked for again and again. */
  ask: (n: number) => Ask;
  /** What it needs before, and holds while it is asked. */
  prepare?: (at: { url: string; api: Api }) => Promise<Hold | null>;
};

const events = (count: number, metric: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    metric_name: metric(i),
    quantity: 1,
  }));
const recording = (body: unknown): Ask => ({ method: "POST", path: "/api/usage/events", body });

let customerId = "";

/** Budgets of which a tenant can be kept at the limit from outside. */
const NEIGHBOURS: { [Name in BudgetName]?: Neighbour } = {
  events_per_minute: { limit: 600, ask: () => recording(events(100, () => METRIC)) },
  metric_names: {
    limit: 50,
    ask: (n) => recording(events(100, (i) => `metric_${n}_${i}`)),
  },
  live_sockets: {
    limit: 100,
    ask: () => recording(events(10, (i) => `watched_${i}`)),
    prepare: async ({ url, api }) => holdSockets(url, api, 100),
  },
  api_keys: {
    limit: 5,
    ask: () => ({ method: "POST", path: "/api/keys", body: { name: "More", role: "viewer" } }),
  },
  users: {
    limit: 5,
    ask: (n) => ({
      method: "POST",
      path: "/api/users",
      body: { email: `user${n}@example.test`, name: "User", role: "viewer" },
    }),
  },
  customers: {
    limit: 5,
    ask: () => ({ method: "POST", path: "/api/customers", body: { name: "Customer" } }),
  },
  open_imports: {
    limit: 5,
    ask: (n) => ({ method: "POST", path: "/api/usage/imports", body: { name: `import ${n}` } }),
  },
  stored_bytes: {
    limit: 200_000,
    prepare: async ({ api }) => {
      const { id } = await api.call<{ id: string }>("POST", "/api/customers", { name: "Buyer" });
      customerId = id;
      return null;
    },
    ask: () => ({
      method: "POST",
      path: "/api/invoices",
      body: { customer_id: customerId, lines: DRAWN, notes: "x".repeat(900) },
    }),
  },
};

/** Opens sockets that answer no check, so that each is closed once it is far behind. */
async function holdSockets(url: string, api: Api, count: number): Promise<Hold> {
  const { ticket } = await api.call<{ ticket: string }>("POST", "/api/usage/live/ticket");
  const address = `${url.replace("http", "ws")}/api/usage/live?ticket=${ticket}`;
  const sockets = Array.from({ length: count }, () => new WebSocket(address));
  const opened = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.addEventListener("open", () => resolve());
        socket.addEventListener("error", () => resolve());
      }),
  );
  await Promise.all(opened);
  return {
    end: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

function send(url: string, key: string, { method, path, body }: Ask): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const READ: Ask = { method: "GET", path: "/api/usage/current-period", body: undefined };

/** The others' answers in a phase, in milliseconds. Errors: any answer that is not 2xx. */
async function runOthers(url: string, others: readonly Tenant[], untilMs: number) {
  const took: number[] = [];
  const run = async ({ key }: Tenant, offset: number) => {
    for (let n = 0, atMs = performance.now() + offset; atMs < untilMs; n++) {
      await until(atMs);
      const ask = n % 2 === 0 ? recording(events(1, () => METRIC)) : READ;
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
async function runAsking(url: string, key: string, ask: Neighbour["ask"], untilMs: number) {
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

/** The value that so many of a hundred are not above. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
}

await runCommand(async () => {
  exitOnSignals();
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "10" }, budget: { type: "string" } },
  });
  const phaseMs = Number(values.seconds) * 1_000;
  if (!(phaseMs > 0)) throw new UserError("--seconds takes a number above 0");
  const names = BUDGET_NAMES.filter((name) => NEIGHBOURS[name] && (values.budget ?? name) === name);
  if (names.length === 0) throw new UserError(`--budget takes one of ${BUDGET_NAMES.join(", ")}`);
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-neighbours-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const server = await startServer({ port: 0, stateDir });
  const { url } = server;
  const operator = apiAt(url, (await seedServer(server, stateDir)).operator);
  const tenant = async (name: string): Promise<Tenant> => {
    const made = await operator.call<Tenant>("POST", "/api/tenants", { name });
    const subscription = { tenant_id: made.id, plan: "ENTERPRISE", base_price: 0 };
    await operator.call("POST", "/api/subscriptions", subscription);
    return made;
  };
  const others: Tenant[] = [];
  for (let i = 0; i < OTHERS; i++) others.push(await tenant(`Neighbour ${i}`));
  await runOthers(url, others, performance.now() + phaseMs); // each is awake and known
  const line = (cells: readonly (string | number)[]) =>
    console.log(cells.map((cell, i) => String(cell)[i === 0 ? "padEnd" : "padStart"](18)).join(""));
  line(["budget", "alone p99 ms", "beside p99 ms", "ratio", "answers"]);
  let failed = 0;
  for (const name of names) {
    const { limit, ask, prepare } = NEIGHBOURS[name] as Neighbour;
    const { id, key } = await tenant(name);
    const held = await prepare?.({ url, api: apiAt(url, key) });
    await operator.call("PUT", `/api/tenants/${id}/budgets`, { [name]: limit });
    await runAsking(url, key, ask, performance.now() + 1_000); // up to its budget
    const alone = percentile(await runOthers(url, others, performance.now() + phaseMs), 99);
    const untilMs = performance.now() + phaseMs;
    const [took, statuses] = await Promise.all([
      runOthers(url, others, untilMs),
      runAsking(url, key, ask, untilMs),
    ]);
    held?.end();
    const beside = percentile(took, 99);
    const ratio = beside / alone;
    if (ratio > MOST_RATIO) failed++;
    const answers = [...statuses].map(([status, count]) => `${count} x ${status}`).join(" ");
    line([name, alone.toFixed(1), beside.toFixed(1), ratio.toFixed(2), answers]);
  }
  await server.close();
  if (failed > 0) throw new UserError(`${failed} budgets let a tenant slow its neighbours down`);
  process.exit(0);
});
