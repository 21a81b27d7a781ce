/** The queue's side of asynchronous recording: joined, exactly once, and refused in the open. */
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { moveTestClock } from "../../../src/accounts/store/clock.ts";
import { DAY_MS, parseTime, SECOND_MS } from "../../../src/core/time.ts";
import { dropOldLogs } from "../../../src/delivery/retain.ts";
import { recordLater, recordMessages } from "../../../src/metering/record/later.ts";
import { checkItems } from "../../../src/metering/record/record.ts";
import { noteRefused } from "../../../src/metering/record/refused.ts";
import { encodeCursor } from "../../../src/platform/http/http.ts";
import type { Env, Job } from "../../../src/platform/runtime/env.ts";
import { quietEnv } from "../../delivery/receiver.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { subscriber } from "../../support/billing.ts";

const env = bindings as unknown as Env;
const CLOCK = "2026-03-31T12:00:00Z";

type Asked = { tenant: string; n: number };

/** The Worker's environment with queues that take note, and meters that say what came. */
function watched(fails: (asked: Asked) => boolean = () => false) {
  const { env: quiet, sent } = quietEnv();
  const asked: Asked[] = [];
  const METER = {
    idFromName: (name: string) => env.METER.idFromName(name),
    get: (id: DurableObjectId) => {
      const meter = env.METER.get(id) as unknown as Record<string, (...a: unknown[]) => unknown>;
      return {
        record: (tenant: string, batch: { n: number }, ...rest: unknown[]) => {
          asked.push({ tenant, n: batch.n });
          if (fails({ tenant, n: batch.n })) throw new Error("the meter is away");
          return meter.record?.(tenant, batch, ...rest);
        },
      };
    },
  } as unknown as Env["METER"];
  return { env: { ...quiet, METER }, sent, asked };
}

type Recording = Extract<Job, { kind: "record" }>;

let made = 0;

/** A message as it is sent, of events of a tenant. */
function recording(
  { tenantId }: TestTenant,
  lines: unknown[][],
  change: Partial<Recording> = {},
): Recording {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const realMs = Date.now();
  const nowMs = change.nowMs ?? realMs;
  const id = `rec_test${++made}${tenantId.slice(4, 14)}`;
  return {
    kind: "record",
    tenant: tenantId,
    nowMs,
    caps: [],
    stored: { in: "message", text },
    intake: { id, realMs, events: lines.length, bytes: text.length },
    ...change,
  };
}

const line = (id: string, atMs = Date.now(), metric = "x") => [id, metric, 1_000_000, atMs];

type Given = { body: Job; attempts: number; said: string[] };

/** Hands recordings to the queue's verb; what each message was told. */
async function consume(env: Env, jobs: readonly Job[], attempts = 1): Promise<string[]> {
  const given = jobs.map((body): Given => ({ body, attempts, said: [] }));
  const messages = given.map(({ body, said }) => ({
    body,
    attempts,
    ack: () => void said.push("ack"),
    retry: (options?: QueueRetryOptions) => void said.push(`retry ${options?.delaySeconds}`),
  }));
  await recordMessages(env, messages, Date.now());
  return given.map(({ said }) => said.join());
}

async function counted({ key }: TestTenant): Promise<number> {
  const { body } = await call(key, "GET", "/api/usage/summary");
  return body.metrics.reduce(
    (sum: number, one: { event_count: number }) => sum + one.event_count,
    0,
  );
}

async function refusedOf({ key }: TestTenant, query = "") {
  return (await call(key, "GET", `/api/usage/refused${query}`)).body.data;
}

async function announcedOf({ tenantId }: TestTenant): Promise<unknown[]> {
  const query =
    "SELECT id, body FROM outbox WHERE tenant = ? AND type = 'usage.refused' ORDER BY id";
  const { results } = await env.DB.prepare(query).bind(tenantId).all<{ body: string }>();
  return results.map(({ body }) => JSON.parse(body));
}

describe("a batch of the queue", () => {
  it("asks each tenant's meter once for all its messages, and loses none", async () => {
    const [busy, other] = [await makeTenant(), await makeTenant()];
    const jobs = Array.from({ length: 99 }, (_, n) => recording(busy, [line(`b${n}`)]));
    const { env, asked } = watched();
    const said = await consume(env, [...jobs, recording(other, [line("o1"), line("o2")])]);
    expect(new Set(said)).toEqual(new Set(["ack"]));
    expect(asked.toSorted((a, b) => a.n - b.n)).toEqual([
      { tenant: other.tenantId, n: 2 },
      { tenant: busy.tenantId, n: 99 },
    ]);
    expect([await counted(busy), await counted(other)]).toEqual([99, 2]);
  });

  it("takes the tenants by turns, a call each, however much one of them sent", async () => {
    const [flood, other] = [await makeTenant(), await makeTenant()];
    const full = { events: 5_000, bytes: 1 };
    const many = Array.from({ length: 20 }, (_, n) => {
      const job = recording(flood, [line(`f${n}`)]);
      return { ...job, intake: { id: `rec_f${n}${flood.tenantId}`, realMs: job.nowMs, ...full } };
    });
    const { env, asked } = watched();
    await consume(env, [...many, recording(other, [line("o1")])]);
    expect(asked.findIndex(({ tenant }) => tenant === other.tenantId)).toBeLessThan(2);
    expect([await counted(flood), await counted(other)]).toEqual([20, 1]);
  });

  it("that comes twice counts once, and so does each message in another batch", async () => {
    const tenant = await makeTenant();
    const jobs = [recording(tenant, [line("a"), line("b")]), recording(tenant, [line("c")])];
    for (const attempt of [1, 1, 2]) await consume(env, jobs, attempt);
    await consume(env, [recording(tenant, [line("d")]), jobs[0] as Job]);
    expect(await counted(tenant)).toBe(4);
    expect(await refusedOf(tenant)).toEqual([]);
  });

  it("takes the part that a hard limit leaves of the event that asked for it alone", async () => {
    const code = `HARD-${Date.now()}`;
    const price = { metric_name: "x", included_quantity: 10, unit_price: 1, hard_limit: true };
    const plan = { code, name: "Hard", currency: "USD", prices: [price] };
    await call(await operatorKey(), "POST", "/api/plans", plan);
    const tenant = await subscriber(CLOCK, { plan: code });
    const nowMs = parseTime(CLOCK) ?? 0;
    const of = (id: string, quantity: number) => [id, "x", quantity * 1_000_000, nowMs];
    const said = await consume(env, [
      recording(tenant, [of("eight", 8), of("three", 3)], { nowMs }),
      recording(tenant, [of("one", 1), of("capped", 5)], { nowMs, caps: [1] }),
    ]);
    expect(said).toEqual(["ack", "ack"]);
    const { body } = await call(tenant.key, "GET", "/api/usage/events");
    const taken = body.data.map(({ id, quantity }: Record<string, unknown>) => [id, quantity]);
    expect(taken.reverse()).toEqual([
      ["eight", 8],
      ["one", 1],
      ["capped", 1],
    ]);
    expect(await refusedOf(tenant)).toMatchObject([
      { code: "usage.limit_reached", event: { id: "three", quantity: 3 } },
    ]);
  });

  it("reads the bodies that lie in R2, and takes them away", async () => {
    const tenant = await makeTenant();
    const key = `async/${tenant.tenantId}/rec_large`;
    await env.FILES.put(key, [line("r1"), line("r2")].map((l) => JSON.stringify(l)).join("\n"));
    const job = recording(tenant, [line("r1"), line("r2")], { stored: { in: "r2", key } });
    expect(await consume(env, [job, recording(tenant, [line("m1")])])).toEqual(["ack", "ack"]);
    expect(await env.FILES.head(key)).toBeNull();
    expect(await counted(tenant)).toBe(3);
    expect(await consume(env, [job])).toEqual(["ack"]);
    expect(await counted(tenant)).toBe(3);
  });
});

describe("a message that cannot be recorded", () => {
  it("comes again alone, while those beside it are done", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const tenant = await makeTenant();
    const jobs = ["good", "better"].map((id) => recording(tenant, [line(id)]));
    const bad = recording(tenant, [], { stored: { in: "message", text: '["cut' } });
    const said = await consume(env, [jobs[0] as Job, bad, jobs[1] as Job]);
    expect(said).toEqual(["ack", "retry 10", "ack"]);
    expect(await counted(tenant)).toBe(2);
    vi.restoreAllMocks();
  });

  it("of one tenant holds up no other's", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const [broken, other] = [await makeTenant(), await makeTenant()];
    const { env } = watched(({ tenant }) => tenant === broken.tenantId);
    const said = await consume(env, [
      recording(broken, [line("b")]),
      recording(other, [line("o")]),
    ]);
    expect(said).toEqual(["retry 10", "ack"]);
    expect(await consume(env, [recording(broken, [line("b")])], 4)).toEqual(["retry 80"]);
    vi.restoreAllMocks();
  });

  it("for a day is refused in the open, with what to send again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const tenant = await makeTenant();
    const { env } = watched(() => true);
    const atMs = Date.now();
    const job = recording(tenant, [["late", "x", 2_500_000, atMs, "user-1", { region: "eu" }]]);
    expect(await consume(env, [job], 60)).toEqual(["ack"]);
    const [refused] = await refusedOf(tenant);
    expect(refused).toMatchObject({ code: "usage.unavailable", events: 1 });
    expect(refused.event).toEqual({
      id: "late",
      source: "api",
      metric_name: "x",
      quantity: 2.5,
      timestamp: new Date(atMs).toISOString(),
      user_id: "user-1",
      metadata: { region: "eu" },
    });
    expect((await call(tenant.key, "POST", "/api/usage/record", refused.event)).status).toBe(201);
    vi.restoreAllMocks();
  });
});

describe("what is refused when it is recorded", () => {
  it("is listed and announced once, however often the message comes", async () => {
    const tenant = await makeTenant();
    await call(tenant.key, "POST", "/api/usage/record", {
      id: "same",
      metric_name: "x",
      quantity: 7,
    });
    const job = recording(tenant, [line("same"), line("fine")]);
    for (const attempts of [1, 2, 1]) expect(await consume(env, [job], attempts)).toEqual(["ack"]);
    const listed = await refusedOf(tenant);
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatchObject({ code: "usage.conflict", event: { id: "same", quantity: 1 } });
    expect(listed[0].advice).toContain("under an id of its own");
    expect(await announcedOf(tenant)).toEqual([
      {
        refused_id: listed[0].id,
        event_id: "same",
        source: "api",
        metric_name: "x",
        quantity: 1,
        user_id: null,
        code: "usage.conflict",
        detail: "id same was used for an event with another payload",
      },
    ]);
    expect(await counted(tenant)).toBe(2);
  });

  it("stays refused where the message comes again and would be taken by then", async () => {
    const tenant = await makeTenant({ clock: CLOCK });
    const nowMs = parseTime(CLOCK) ?? 0;
    await moveTestClock(env.DB, tenant.tenantId, nowMs + 40 * DAY_MS).run();
    const job = recording(tenant, [line("old", nowMs)], { nowMs });
    expect(await consume(env, [job])).toEqual(["ack"]);
    expect(await refusedOf(tenant)).toMatchObject([{ code: "usage.event_too_old" }]);
    await env.DB.prepare("UPDATE tenants SET test_clock_ms = ? WHERE id = ?")
      .bind(nowMs, tenant.tenantId)
      .run();
    expect(await consume(env, [job], 2)).toEqual(["ack"]);
    expect(await counted(tenant)).toBe(0);
  });

  it("is paged, by time and user, and another tenant's is not there", async () => {
    const [tenant, other] = [await makeTenant(), await makeTenant()];
    const ids = ["a", "b", "c"];
    const user = { name: "A", email: "a@b.test", role: "member" };
    const userId = (await call(tenant.key, "POST", "/api/users", user)).body.id;
    for (const id of ids) {
      await call(tenant.key, "POST", "/api/usage/record", { id, metric_name: "x", quantity: 7 });
    }
    await consume(env, [recording(tenant, [[...line("a"), userId], line("b"), line("c")])]);
    const first = (await call(tenant.key, "GET", "/api/usage/refused?limit=2")).body;
    const rest = await refusedOf(tenant, `?limit=2&cursor=${first.next_cursor}`);
    const events = [...first.data, ...rest].map(({ event }: { event: { id: string } }) => event.id);
    expect(events.sort()).toEqual(ids);
    expect(await refusedOf(tenant, `?user_id=${userId}`)).toMatchObject([{ event: { id: "a" } }]);
    expect(await refusedOf(tenant, "?start_date=2999-01-01T00:00:00Z")).toEqual([]);
    expect(await refusedOf(other)).toEqual([]);
    const own = await keyFor(tenant.tenantId, "member", { userId });
    expect(await refusedOf({ ...tenant, key: own })).toMatchObject([{ event: { id: "a" } }]);
    const asked = await call(own, "GET", "/api/usage/refused?user_id=user-2");
    expect(asked.status).toBe(403);
    const wrong = encodeCursor(["now", "ref_1"]);
    const answer = await call(tenant.key, "GET", `/api/usage/refused?cursor=${wrong}`);
    expect(answer.body.code).toBe("request.cursor_invalid");
  });

  it("is listed a thousand times in an hour, and counted beyond", async () => {
    const tenant = await makeTenant();
    const many = Array.from({ length: 1_200 }, (_, n) => `m${n}`);
    const items = many.map((id) => ({ id, metric_name: "x", quantity: 7 }));
    await call(tenant.key, "POST", "/api/usage/events", items);
    const lines = many.map((id) => line(id));
    await consume(env, [
      recording(tenant, lines.slice(0, 600)),
      recording(tenant, lines.slice(600)),
    ]);
    const count = "SELECT count(*) AS n, max(events) AS most FROM usage_refused WHERE tenant = ?";
    const row = await env.DB.prepare(count).bind(tenant.tenantId).first();
    expect(row).toEqual({ n: 1_001, most: 200 });
    expect(await announcedOf(tenant)).toHaveLength(1_001);
    await consume(env, [recording(tenant, [line("m1")])]);
    expect(await env.DB.prepare(count).bind(tenant.tenantId).first()).toEqual({
      n: 1_001,
      most: 201,
    });
  });
});

describe("rows of what was refused", () => {
  const USED = "SELECT used FROM budget_use WHERE tenant = ? AND budget = 'stored_bytes'";
  const used = async ({ tenantId }: TestTenant) =>
    (await env.DB.prepare(USED).bind(tenantId).first<number>("used")) ?? 0;

  it("count as stored bytes, and go with the other logs", async () => {
    const tenant = await makeTenant();
    const refusals = [1, 2].map((index) => ({
      message: `rec_old${tenant.tenantId}`,
      index,
      tuple: line(`old-${index}`) as [string, string, number, number],
      why: { code: "usage.conflict", detail: "why" } as const,
    }));
    const { env: quiet } = quietEnv();
    await noteRefused(quiet, tenant.tenantId, refusals, 1_000 * DAY_MS);
    const [row] = await refusedOf(tenant);
    expect(await used(tenant)).toBeGreaterThan(2 * (300 + JSON.stringify(row.event).length));
    await dropOldLogs(quiet, 1_089 * DAY_MS);
    expect(await refusedOf(tenant)).toHaveLength(2);
    await dropOldLogs(quiet, 1_091 * DAY_MS);
    expect([await refusedOf(tenant), await used(tenant)]).toEqual([[], 0]);
  });

  it("are the newest ten thousand of a tenant at most", async () => {
    const tenant = await makeTenant();
    const fill = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10_000)
      INSERT INTO usage_refused (id, tenant, at_ms, message, events, code, detail)
      SELECT 'ref_fill' || i || ?1, ?1, i, 'rec', 1, 'usage.conflict', '' FROM n`;
    await env.DB.prepare(fill).bind(tenant.tenantId).run();
    await call(tenant.key, "POST", "/api/usage/record", { id: "a", metric_name: "x", quantity: 7 });
    await consume(env, [recording(tenant, [line("a")])]);
    const rows = "SELECT count(*) AS n, min(at_ms) AS oldest FROM usage_refused WHERE tenant = ?";
    const found = await env.DB.prepare(rows).bind(tenant.tenantId).first();
    expect(found).toEqual({ n: 10_000, oldest: 2 });
    expect(await refusedOf(tenant, "?limit=1")).toMatchObject([{ event: { id: "a" } }]);
  });
});

describe("an acknowledgement", () => {
  const recorder = ({ tenantId }: TestTenant, realMs: number) =>
    ({ tenantId, nowMs: realMs, realMs, userId: null, role: "owner" }) as const;

  it("puts a tenant's messages beyond its share into the queue of the busy", async () => {
    const [busy, other] = [await makeTenant(), await makeTenant()];
    const { env, sent } = quietEnv();
    const nowMs = Math.floor(Date.now() / SECOND_MS) * SECOND_MS;
    const send = async (of: TestTenant) => {
      const by = recorder(of, nowMs);
      const item = { value: { metric_name: "x", quantity: 1 } };
      await recordLater(env, by, await checkItems(by, [item], () => null));
    };
    for (let n = 0; n < 130; n++) await send(busy);
    await send(other);
    const lanes = sent.map(({ lane }) => lane);
    expect(lanes.filter((lane) => lane === "intake")).toHaveLength(101);
    expect(lanes.at(-1)).toBe("intake");
    const said = await consume(
      bindings as unknown as Env,
      sent.map(({ job }) => job),
    );
    expect(new Set(said)).toEqual(new Set(["ack"]));
    expect([await counted(busy), await counted(other)]).toEqual([130, 1]);
  });

  it("keeps in R2 what a message cannot carry, and nothing where that fails", async () => {
    const tenant = await makeTenant();
    const { env, sent } = quietEnv();
    const nowMs = Date.now();
    const by = recorder(tenant, nowMs);
    // 84,000 characters, which the message escapes once more.
    const items = Array.from({ length: 30 }, (_, n) => ({
      value: {
        metric_name: "x",
        quantity: 1,
        id: `q${n}`,
        metadata: { quotes: '"'.repeat(1_400) },
      },
    }));
    const checked = await checkItems(by, items, () => null);
    await recordLater(env, by, checked);
    const [job] = sent.map(({ job }) => job as Recording);
    expect(job?.stored.in).toBe("r2");
    expect(await consume(env, [job as Job])).toEqual(["ack"]);
    expect(await counted(tenant)).toBe(30);
    const filesOf = async () =>
      (await env.FILES.list({ prefix: `async/${tenant.tenantId}/` })).objects.length;
    const send = () => Promise.reject(new Error("the queue is away"));
    const away = { ...env, INTAKE: { send }, BUSY_INTAKE: { send } } as unknown as Env;
    await expect(recordLater(away, by, checked)).rejects.toThrow("away");
    expect(await filesOf()).toBe(0);
  });
});
