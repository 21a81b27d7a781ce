import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MAX_KEPT_A_DAY, MAX_KEYS_A_DAY } from "../../../src/platform/http/idempotency.ts";
import { createRoutes } from "../../../src/routes.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const VIEWER = { name: "K", role: "viewer" };

function send(key: string, idempotencyKey: string, body: unknown = VIEWER, path = "/api/keys") {
  return call(key, "POST", path, body, { "idempotency-key": idempotencyKey });
}

async function keyCount(key: string): Promise<number> {
  return (await call(key, "GET", "/api/keys")).body.data.length;
}

afterEach(() => vi.restoreAllMocks());

/** The SQL of a statement, which the local runtime keeps with it. */
const textOf = (of: D1PreparedStatement) => (of as { statement?: string }).statement ?? "";

describe("an Idempotency-Key", () => {
  it("gives the same request the same answer, and does it once", async () => {
    const { key } = await makeTenant();
    const first = await send(key, "a");
    const second = await send(key, "a");
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect([second.status, second.body]).toEqual([201, first.body]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("content-type")).toBe("application/json");
    expect(second.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
    expect(await keyCount(key)).toBe(2);
  });

  it("keeps no secret that the database could give away", async () => {
    const { key } = await makeTenant();
    const { body } = await send(key, "secret");
    const rows = await env.DB.prepare("SELECT body FROM idempotency WHERE key = 'secret'").all();
    expect(rows.results).toHaveLength(1);
    expect(JSON.stringify(rows.results)).not.toContain(body.key);
    expect(JSON.stringify(rows.results)).not.toContain(btoa(body.key).slice(0, 30));
  });

  it("that named another request is refused", async () => {
    const { key } = await makeTenant();
    await send(key, "b");
    const user = { email: "a@a.test", name: "K", role: "viewer" };
    for (const other of [
      await send(key, "b", { ...VIEWER, name: "L" }),
      await send(key, "b", user, "/api/users"),
    ]) {
      expect([other.status, other.body.code]).toEqual([422, "idempotency.key_reused"]);
    }
    expect(await keyCount(key)).toBe(2);
  });

  it("is each API key's own", async () => {
    const { tenantId, key } = await makeTenant();
    const other = await keyFor(tenantId, "owner");
    const [one, two] = [await send(key, "c"), await send(other, "c")];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body.id).not.toBe(one.body.id);
  });

  it("sent twice at once is done once", async () => {
    const { key } = await makeTenant();
    const answers = await Promise.all([send(key, "d"), send(key, "d"), send(key, "d")]);
    const made = answers.filter(({ status }) => status === 201);
    const running = answers.filter(({ status }) => status === 409);
    expect(made.length + running.length).toBe(3);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect(await keyCount(key)).toBe(2);
  });

  it("is 409 while the first answer is on its way; after a minute it is made again", async () => {
    const { key } = await makeTenant();
    const first = await send(key, "e");
    const unanswered = "UPDATE idempotency SET status = NULL, body = NULL, created_ms = ?";
    const since = (ms: number) =>
      env.DB.prepare(`${unanswered} WHERE key = 'e'`)
        .bind(Date.now() - ms)
        .run();
    await since(0);
    const early = await send(key, "e");
    expect([early.status, early.body.code]).toEqual([409, "idempotency.in_progress"]);
    expect(early.headers.get("retry-after")).toBe("1");
    await since(61_000);
    const later = await send(key, "e");
    expect([later.status, later.body]).toEqual([201, first.body]);
    expect(later.headers.get("idempotency-replayed")).toBe("true");
    expect(await keyCount(key)).toBe(2);
  });

  it("that an earlier version broke off with can be taken over after a minute", async () => {
    const { key } = await makeTenant();
    await send(key, "earlier");
    const claimed =
      "UPDATE idempotency SET status = NULL, body = NULL, essentials = NULL, created_ms = ?";
    const since = (ms: number) =>
      env.DB.prepare(`${claimed} WHERE key = 'earlier'`)
        .bind(Date.now() - ms)
        .run();
    await since(0);
    expect((await send(key, "earlier")).body.code).toBe("idempotency.in_progress");
    await since(61_000);
    expect((await send(key, "earlier")).status).toBe(201);
    expect(await keyCount(key)).toBe(3);
  });

  it("keeps nothing before what was asked for is done", async () => {
    const { tenantId, key } = await makeTenant();
    const viewer = await keyFor(tenantId, "viewer");
    const kept: unknown[] = [];
    const batch = env.DB.batch.bind(env.DB);
    vi.spyOn(env.DB, "batch").mockImplementation(async (statements) => {
      const late = "SELECT 1 FROM idempotency WHERE created_ms > ? AND key = 'late'";
      const rows = await env.DB.prepare(late)
        .bind(Date.now() - 60_000)
        .all();
      kept.push(...rows.results);
      return batch(statements) as never;
    });
    await send(viewer, "late");
    await send(key, "late", { name: "K", role: "emperor" });
    expect(kept).toEqual([]);
  });

  it("sent twenty times at once is done once, and all are answered alike or wait", async () => {
    const { key } = await makeTenant();
    const { id } = (await call(key, "POST", "/api/customers", { name: "Buyer" })).body;
    const body = { customer_id: id, lines: [{ name: "Work", quantity: 1, unit_price: 1 }] };
    const invoice = (await call(key, "POST", "/api/invoices", body)).body.id;
    // Two runs of the second are refused for another reason: the draft is final already.
    for (const [path, sent, status] of [
      ["/api/invoices", body, 201],
      [`/api/invoices/${invoice}/finalize`, undefined, 200],
    ] as const) {
      const headers = { "idempotency-key": `twenty ${path}`.replaceAll(" ", "-") };
      const ask = () => call(key, "POST", path, sent, headers);
      const answers = await Promise.all(Array.from({ length: 20 }, ask));
      const done = answers.filter((answer) => answer.status === status);
      const waiting = answers.filter(({ body }) => body.code === "idempotency.in_progress");
      expect(done.length + waiting.length, JSON.stringify(answers.map((a) => a.body))).toBe(20);
      expect(waiting.every(({ headers: all }) => all.get("retry-after") === "1")).toBe(true);
      const last = await ask();
      expect(new Set(done.map((answer) => answer.body.id))).toEqual(new Set([last.body.id]));
      expect(last.status).toBe(status);
    }
    expect((await call(key, "GET", "/api/invoices")).body.data).toHaveLength(2);
  });

  it("names no second run of a request that outlives a minute", async () => {
    const { key } = await makeTenant();
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const batch = env.DB.batch.bind(env.DB);
    let waiting = 0;
    // Both stand right before their change: neither knows of the other. What other work writes
    // meanwhile is not held.
    vi.spyOn(env.DB, "batch").mockImplementation(async (statements) => {
      const isChange = statements.some((each) => /into "api_keys"/.test(textOf(each)));
      if (!isChange) return batch(statements) as never;
      if (++waiting === 2) go();
      await held;
      return batch(statements) as never;
    });
    const answers = await Promise.all([send(key, "outlived"), send(key, "outlived")]);
    expect(waiting).toBe(2);
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.key)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed"))).toHaveLength(
      made.length - 1,
    );
    expect(await keyCount(key)).toBe(2);
  });

  it("has room for a day's keys and answers", async () => {
    const { tenantId, key } = await makeTenant();
    const first = await send(key, "room");
    const set = (column: string, value: number) =>
      env.DB.prepare(`UPDATE idempotency_days SET ${column} = ? WHERE tenant = ?`)
        .bind(value, tenantId)
        .run();
    await set("kept_length", MAX_KEPT_A_DAY - 10);
    const full = await send(key, "no-room");
    const row = "SELECT status, body FROM idempotency WHERE key = 'no-room'";
    expect(await env.DB.prepare(row).first()).toEqual({ status: 201, body: null });
    expect((await send(key, "no-room")).body).toEqual(full.body);
    await set("used", MAX_KEYS_A_DAY);
    const refused = await send(key, "one-more");
    expect([refused.status, refused.body.code]).toEqual([429, "idempotency.too_many"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send(key, "room")).body).toEqual(first.body);
    expect(await keyCount(key)).toBe(3);
  });

  it("keeps no refusal: the same key may name what is right", async () => {
    const { tenantId, key } = await makeTenant();
    const viewer = await keyFor(tenantId, "viewer");
    const ingest = await keyFor(tenantId, "ingest");
    const before = await keyCount(key);
    const kept = async () =>
      (await env.DB.prepare("SELECT count(*) AS n FROM idempotency WHERE key = 'f'").first())?.n;
    const refused = [
      await send(key, "f", { name: "K", role: "emperor" }),
      await send(viewer, "f"),
      await send(ingest, "f"),
      await send(viewer, "f", { junk: "x".repeat(100_000) }, "/api/billing/simulate"),
      await send(viewer, "f", {}, "/api/nothing"),
      await send(key, "f", { name: "T" }, "/api/tenants"),
    ];
    expect(refused.map(({ status }) => status)).toEqual([422, 403, 403, 422, 404, 403]);
    expect(await kept()).toBe(0);
    expect((await send(key, "f")).status).toBe(201);
    expect([await kept(), await keyCount(key)]).toEqual([1, before + 1]);
  });

  it("keeps no answer to what only reads", async () => {
    const { tenantId } = await makeTenant();
    const viewer = await keyFor(tenantId, "viewer");
    const question = { currency: "USD", prices: [], usage: [] };
    const ask = () => send(viewer, "reads", question, "/api/billing/simulate");
    const answers = [await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    const rows = await env.DB.prepare("SELECT 1 FROM idempotency WHERE key = 'reads'").all();
    expect(rows.results).toEqual([]);
  });

  it("keeps no long answer, and makes it again", async () => {
    const { key } = await makeTenant();
    const { id } = (await call(key, "POST", "/api/customers", { name: "Buyer" })).body;
    const line = { name: "Work", description: "x".repeat(900), quantity: 1, unit_price: 1 };
    const lines = Array.from({ length: 300 }, () => line);
    const make = () => send(key, "long", { customer_id: id, lines }, "/api/invoices");
    const [first, second] = [await make(), await make()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect((await call(key, "GET", "/api/invoices")).body.data).toHaveLength(1);
    const row = await env.DB.prepare(
      "SELECT body, length(essentials) AS length FROM idempotency WHERE key = 'long'",
    ).first<{ body: string | null; length: number }>();
    expect(row?.body).toBeNull();
    expect(row?.length).toBeLessThan(1_000);
  });

  it("whose thing was taken away since says what was done", async () => {
    const { key } = await makeTenant();
    const made = await send(key, "gone", { url: "https://a.invalid/" }, "/api/webhooks/endpoints");
    await call(key, "DELETE", `/api/webhooks/endpoints/${made.body.id}`);
    const lost = "UPDATE idempotency SET body = NULL WHERE key = 'gone'";
    await env.DB.prepare(lost).run();
    const again = await send(key, "gone", { url: "https://a.invalid/" }, "/api/webhooks/endpoints");
    expect([again.status, again.body.code]).toEqual([409, "idempotency.answer_lost"]);
    expect(again.body.detail).toContain(made.body.id);
  });

  it("whose request failed after its change is not done again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { key } = await makeTenant();
    const batch = env.DB.batch.bind(env.DB);
    const { id } = (await call(key, "POST", "/api/customers", { name: "Buyer" })).body;
    const body = { customer_id: id, lines: [{ name: "Work", quantity: 1, unit_price: 1 }] };
    let written = false;
    // The batch is written, and what is read for the answer fails.
    vi.spyOn(env.DB, "batch").mockImplementation(async (statements) => {
      if (written) {
        written = false;
        throw new Error("lost the database");
      }
      written = statements.length > 3;
      return batch(statements) as never;
    });
    expect((await send(key, "failed", body, "/api/invoices")).status).toBe(500);
    vi.restoreAllMocks();
    const again = await send(key, "failed", body, "/api/invoices");
    expect(again.status).toBe(201);
    const { data } = (await call(key, "GET", "/api/invoices")).body;
    expect(data.map((one: { id: string }) => one.id)).toEqual([again.body.id]);
  });

  it("can be used again after an error of ours", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { key } = await makeTenant();
    const app = createRoutes();
    let runs = 0;
    app.post("/api/flaky", (c) => {
      runs += 1;
      if (runs === 1) throw new Error("lost the database");
      return c.json({ runs });
    });
    const headers = { authorization: `Bearer ${key}`, "idempotency-key": "j" };
    const ask = () =>
      app.request("/api/flaky", { method: "POST", headers }, env, createExecutionContext());
    expect((await ask()).status).toBe(500);
    expect(await (await ask()).json()).toEqual({ runs: 2 });
    headers.authorization = `bearer  ${key}`;
    expect(await (await ask()).json()).toEqual({ runs: 2 });
  });

  it("works for an answer without a body", async () => {
    const { key } = await makeTenant();
    const user = { email: "a@a.test", name: "A", role: "viewer" };
    const { id } = (await call(key, "POST", "/api/users", user)).body;
    const remove = () =>
      call(key, "DELETE", `/api/users/${id}`, undefined, { "idempotency-key": "g" });
    expect((await remove()).status).toBe(204);
    const again = await remove();
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([204, "true"]);
  });

  it("has 1 to 255 visible ASCII characters", async () => {
    const { key } = await makeTenant();
    for (const bad of ["", "a b", "ü", "x".repeat(256)]) {
      const { status, body } = await send(key, bad);
      expect([status, body.errors?.[0]?.pointer], bad).toEqual([422, "/header/Idempotency-Key"]);
    }
    expect((await send(key, "x".repeat(255))).status).toBe(201);
    expect(await keyCount(key)).toBe(2);
  });

  it("means nothing on a read", async () => {
    const { key } = await makeTenant();
    const read = () => call(key, "GET", "/api/keys", undefined, { "idempotency-key": "h" });
    await read();
    await send(key, "i");
    expect((await read()).body.data).toHaveLength(2);
  });
});
