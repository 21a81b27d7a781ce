/** `npm start` and the server as a child: they start from nothing, and end completely. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { killGroup, newState, runScript, serve, temporaryDir, untilEnded } from "./command.ts";

/** What queue, meter and the first sweep write once the server is ready, and what it answered. */
const LATER = new RegExp(
  "^(due|emails|idempotency|ledgers$|outbox|request_logs|retention_walk|rollup_|segment_|series_" +
    "|usage_|metrics$|webhook_)",
);
/** Of documents, what no rendering changes; of the audit log, what sealing it does not. */
const COLUMNS: Record<string, string> = {
  documents: "id, number, status, total_minor",
  audit: "id, tenant, seq, at_ms, key_id, action, target, detail, before, after",
  audit_heads: "tenant, seq",
};

/** Every row that seeding wrote, as one digest. */
function ledgerDigest(stateDir: string): string {
  const dir = join(stateDir, "d1", "miniflare-D1DatabaseObject");
  const files = readdirSync(dir).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  const isControl = "SELECT 1 FROM sqlite_master WHERE name = 'tenants'";
  const db = files
    .map((name) => new DatabaseSync(join(dir, name)))
    .find((one) => one.prepare(isControl).get() !== undefined);
  if (!db) throw new Error("no control database");
  const tables = db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    )
    .all() as { name: string }[];
  const rows = tables
    .filter(({ name }) => !LATER.test(name))
    .map(({ name }) => db.prepare(`SELECT ${COLUMNS[name] ?? "*"} FROM "${name}"`).all());
  db.close();
  expect(rows.flat().length).toBeGreaterThan(5);
  return createHash("sha256").update(JSON.stringify(rows)).digest("hex");
}

describe("the server", () => {
  it("starts from nothing, answers, and ends with its runtime on SIGTERM", async () => {
    const { url, pid, runtimePid, command } = await serve(temporaryDir());
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    process.kill(pid, "SIGTERM");
    expect(await command.ended).toEqual({ code: 0, signal: null });
    await untilEnded([runtimePid]);
  });

  it("prints a document whose letters have to be shaped", async () => {
    const { url, demoKey } = await serve(await newState());
    const api = apiAt(url, demoKey);
    type Made = { id: string; unreadable: unknown };
    const buyer = { name: "شركة الخليج للتجارة", language: "ar", address: { country: "SA" } };
    const { id: customer } = await api.call<Made>("POST", "/api/customers", buyer);
    const lines = [{ name: "ठंडा जहाज", quantity: 1, unit_price: 10 }];
    const draft = await api.call<Made>("POST", "/api/invoices", { customer_id: customer, lines });
    expect(draft.unreadable).toEqual([]);
    const headers = { authorization: `Bearer ${demoKey}` };
    const printed = await fetch(`${url}/api/pdf/invoice/${draft.id}`, { headers });
    expect([printed.status, printed.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  });

  it("leaves no runtime behind when it is killed alone", async () => {
    const { pid, runtimePid } = await serve(await newState());
    process.kill(pid, "SIGKILL");
    await untilEnded([pid, runtimePid]);
  });

  it("ends when its parent does", async () => {
    const { runtimePid, command } = await serve(await newState());
    command.child.stdin?.end();
    expect(await command.ended).toEqual({ code: 0, signal: null });
    await untilEnded([runtimePid]);
  });

  it("refuses a state directory that another server has, and takes it after a crash", async () => {
    const stateDir = await newState();
    const first = await serve(stateDir);
    const second = runScript("serve.ts", [], { STATE_DIR: stateDir, PORT: "0" });
    expect((await second.ended).code).toBe(1);
    expect(second.output().stderr).toContain("another server already runs on the state in");
    killGroup(first.command.child);
    await untilEnded([first.pid, first.runtimePid]);
    expect((await fetch(`${(await serve(stateDir)).url}/healthz`)).status).toBe(200);
  });
});

/** What is answered to whoever names this host; `fetch` lets nobody choose it. */
function statusAt(url: string, host: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: "/healthz", headers: { host } };
    request(options, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end();
  });
}

it("answers at its own addresses, and to no other host that leads to this machine", async () => {
  const stateDir = join(temporaryDir(), "state");
  const { url, demoKey } = await serve(stateDir);
  const { port } = new URL(url);
  const own = [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`];
  for (const host of own) expect(await statusAt(url, host), host).toBe(200);
  const foreign = [
    "evil.example",
    `evil.example:${port}`,
    "localhost",
    `127.0.0.1.evil:${port}`,
    `127.0.0.1:${port}.evil.example`,
    `127.0.0.1:${port}, evil.example`,
    "[::1",
  ];
  for (const host of foreign) expect(await statusAt(url, host), host).toBe(421);
  const hook = await fetch(`${url}/api/payment-providers/stripe`, {
    method: "PUT",
    headers: { authorization: `Bearer ${demoKey}`, "content-type": "application/json" },
    body: JSON.stringify({ secret: "whsec_secret" }),
  });
  expect(await hook.json()).toMatchObject({ url: expect.stringContaining(`${url}/hooks/`) });
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
});

describe("npm start", () => {
  const start = (stateDir: string, port: string) =>
    runScript("start.ts", [], { STATE_DIR: stateDir, PORT: port });

  it("prints the URL, the keys and what to try next; a second start changes nothing", async () => {
    const stateDir = temporaryDir();
    const run = async () => {
      const command = start(stateDir, "0");
      await command.waitFor(/Ctrl-C ends it/);
      process.kill(command.child.pid ?? 0, "SIGINT");
      expect(await command.ended).toEqual({ code: 0, signal: null });
      return command.output().stdout;
    };
    const first = await run();
    const before = ledgerDigest(stateDir);
    const second = await run();
    expect(ledgerDigest(stateDir)).toBe(before);
    expect(first).toMatch(/http:\/\/127\.0\.0\.1:\d+\/docs/);
    expect(first).toMatch(/http:\/\/127\.0\.0\.1:\d+\/dashboard /);
    const keys = (text: string) => text.match(/bcp_(live|op)_[\w-]{43}/g);
    expect(keys(first)?.length).toBeGreaterThanOrEqual(2);
    expect(keys(second)).toEqual(keys(first));
    for (const name of ["demo.key", "operator.key", "sample.key"]) {
      expect(first).toContain(readFileSync(join(stateDir, name), "utf8").trim());
      expect(statSync(join(stateDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  it("says clearly that its port is taken, and ends with code 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const command = start(temporaryDir(), String(port));
    expect(await command.ended).toEqual({ code: 1, signal: null });
    expect(command.output().stderr).toContain(`port ${port} is in use`);
    expect(command.output().stderr).not.toContain("    at ");
    other.close();
  });

  it("refuses a state whose secret is too short", async () => {
    const stateDir = temporaryDir();
    writeFileSync(join(stateDir, "delivery.secret"), "short\n");
    const command = start(stateDir, "0");
    expect((await command.ended).code).toBe(1);
    expect(command.output().stderr).toContain("has 5 characters, of which 32 are the least");
  });

  it("refuses a PORT that is none", async () => {
    const command = start(temporaryDir(), "http");
    expect((await command.ended).code).toBe(1);
    expect(command.output().stderr).toContain("PORT must be a number");
  });
});
