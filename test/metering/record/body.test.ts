/** Usage that is kept as it was sent, and read later. */
import { env } from "cloudflare:workers";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { recordBodies } from "../../../src/metering/record/body.ts";
import type { IntakeMessage } from "../../../src/metering/record/later.ts";
import { randomToken } from "../../../src/platform/runtime/crypto.ts";
import type { Env, Job } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";

const worker = env as unknown as Env;
const PATH = "/api/usage/events";
const MINIMAL = { prefer: "respond-async, return=minimal" };
const EVENT = { metric_name: "kept", quantity: 2 };
const NDJSON = { "content-type": "application/x-ndjson" };

type Headers = Record<string, string>;
const keep = (key: string, body: string | Uint8Array, more: Headers = {}) =>
  call(key, "POST", PATH, body, { "content-type": "application/json", ...MINIMAL, ...more });

async function countOf(key: string): Promise<[events: number, quantity: number]> {
  const { body } = await call(key, "GET", "/api/usage/summary?metric_name=kept");
  const [metric] = body.metrics;
  return [metric?.event_count ?? 0, metric?.total_quantity ?? 0];
}

const expectCount = (key: string, events: number) =>
  expect.poll(() => countOf(key), { timeout: 20_000 }).toEqual([events, 2 * events]);

async function idsOf(key: string): Promise<string[]> {
  const { body } = await call(key, "GET", `${PATH}?limit=200`);
  return body.data.map(({ id }: { id: string }) => id).sort();
}

type Listed = { id: string; code: string; detail: string; advice: string; event: null };
async function refusedOf(key: string): Promise<Listed[]> {
  return (await call(key, "GET", "/api/usage/refused")).body.data;
}

/** Bodies as they are sent, instead of to a queue. */
function sentBodies() {
  const jobs: Job[] = [];
  const send = async (job: Job) => {
    jobs.push(job);
  };
  const queue = { send } as unknown as Queue<Job>;
  return { jobs, env: { ...worker, INTAKE: queue, BUSY_INTAKE: queue } as Env };
}

type Answered = { acked: number; retried: (number | undefined)[] };
function messageOf(body: Job, attempts = 1): IntakeMessage & { answered: Answered } {
  const answered: Answered = { acked: 0, retried: [] };
  return {
    body,
    attempts,
    answered,
    ack: () => void answered.acked++,
    retry: (options) => void answered.retried.push(options?.delaySeconds),
  };
}

function bodyJob({ tenantId }: Pick<TestTenant, "tenantId">, text: string, more: object = {}): Job {
  const realMs = Date.now();
  const sender = { tenantId, nowMs: realMs, realMs, userId: null, role: "owner" };
  const kept = { in: "message", base64: btoa(text) } as const;
  const id = `rec_${randomToken(12).toLowerCase().replaceAll(/\W/g, "0")}`;
  return {
    kind: "body",
    id,
    tenant: tenantId,
    sender: JSON.stringify({ ...sender, eventsPerMinute: null, confinement: null, ...more }),
    name: id,
    type: "application/json",
    coding: null,
    kept,
  };
}

describe("a body that is kept as it was sent", () => {
  it.each([
    ["as it is", (text: string) => [text, {}] as const],
    ["as gzip", (text: string) => [gzipSync(text), { "content-encoding": "gzip" }] as const],
    [
      "as deflate",
      (text: string) => [deflateSync(text), { "content-encoding": "deflate" }] as const,
    ],
  ])("%s counts once, under ids of its own id and positions", async (_, packed) => {
    const { key } = await makeTenant();
    const text = JSON.stringify([{ ...EVENT, id: "own" }, EVENT, EVENT]);
    const [body, headers] = packed(text);
    const answer = await keep(key, body, headers);
    expect([answer.status, Object.keys(answer.body)]).toEqual([202, ["id", "message"]]);
    await expectCount(key, 3);
    expect(await idsOf(key)).toEqual(["own", `${answer.body.id}:1`, `${answer.body.id}:2`].sort());
    expect(await refusedOf(key)).toEqual([]);
  });

  it("is counted once however often it is sent under one Idempotency-Key", async () => {
    const { key } = await makeTenant();
    const lines = `${JSON.stringify(EVENT)}\n${JSON.stringify(EVENT)}\n`;
    const headers = { ...NDJSON, "idempotency-key": "hour-7" };
    const answers = [await keep(key, lines, headers), await keep(key, lines, headers)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    await expectCount(key, 2);
    const again = await call(key, "POST", PATH, lines, headers);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(await idsOf(key)).toEqual(["hour-7:0", "hour-7:1"]);
  });

  it("that is large lies in a file until it was read", async () => {
    const { tenantId, key } = await makeTenant();
    const items = Array.from({ length: 3_000 }, () => ({ ...EVENT, id: randomToken(40) }));
    const packed = gzipSync(JSON.stringify(items));
    expect(packed.length).toBeGreaterThan(100_000);
    expect((await keep(key, packed, { "content-encoding": "gzip" })).status).toBe(202);
    await expectCount(key, 3_000);
    const left = async () => (await worker.FILES.list({ prefix: `async/${tenantId}/` })).objects;
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  it("has what is wrong with an item listed by its place, and the others counted", async () => {
    const { tenantId, key } = await makeTenant();
    const old = "2020-01-01T00:00:00Z";
    const lines = [EVENT, { ...EVENT, id: "old", timestamp: old }, { ...EVENT, quantity: "x" }];
    const text = [...lines.map((line) => JSON.stringify(line)), "no json", JSON.stringify(EVENT)];
    const { body } = await keep(key, gzipSync(text.join("\n")), {
      ...NDJSON,
      "content-encoding": "gzip",
    });
    await expectCount(key, 2);
    await expect.poll(async () => (await refusedOf(key)).length, { timeout: 10_000 }).toBe(3);
    const listed = (await refusedOf(key)).sort((a, b) => a.id.localeCompare(b.id));
    const name = body.id.replace("rec_", "ref_");
    expect(listed).toMatchObject([
      { id: `${name}_1`, code: "usage.event_too_old", event: null },
      {
        id: `${name}_2`,
        code: "request.invalid",
        detail: expect.stringMatching(/^\/2\/quantity: /),
      },
      { id: `${name}_3`, code: "request.unreadable", detail: expect.stringMatching(/^\/3: /) },
    ]);
    expect(listed[0]?.advice).toMatch(/^Put right/);
    const query =
      "SELECT body->>'refused_id' AS id, body->>'event_id' AS event FROM outbox " +
      "WHERE tenant = ? AND type = 'usage.refused' ORDER BY id";
    const { results } = await worker.DB.prepare(query).bind(tenantId).all();
    const ids = ["old", null, null];
    expect(results).toEqual(ids.map((event, i) => ({ id: `${name}_${i + 1}`, event })));
  });

  it.each([
    ["no JSON", "{", {}, "request.unreadable"],
    ["no array", "{}", {}, "request.invalid"],
    ["not what it says", "[]", { "content-encoding": "gzip" }, "request.unreadable"],
    [
      "too much",
      gzipSync("x".repeat(2_000_001)),
      { "content-encoding": "gzip" },
      "request.too_large",
    ],
    ["too many", `[${Array(5_001).fill("0")}]`, {}, "request.too_large"],
  ])("that is %s is listed as a whole", async (_, body, headers: Headers, code) => {
    const { key } = await makeTenant();
    const { status } = await keep(key, body, headers);
    expect(status).toBe(202);
    await expect.poll(async () => (await refusedOf(key)).length, { timeout: 10_000 }).toBe(1);
    expect(await refusedOf(key)).toMatchObject([
      { code, detail: expect.stringContaining("nothing of the body"), event: null },
    ]);
  });

  it("is refused at once where nobody could read it", async () => {
    const { key } = await makeTenant();
    const statusOf = async (headers: Headers, body: string | Uint8Array = "[]") =>
      (await keep(key, body, headers)).status;
    expect(await statusOf({ "content-encoding": "br" })).toBe(415);
    expect(await statusOf({ "content-type": "text/csv" })).toBe(415);
    expect(await statusOf({}, "x".repeat(2_000_001))).toBe(413);
  });

  it("of a tenant over its budget of events is refused", async () => {
    const { tenantId, key } = await makeTenant();
    const operator = await operatorKey();
    await call(operator, "PATCH", `/api/tenants/${tenantId}`, { events_per_minute: 1 });
    const acting = { "boxcost-tenant": tenantId };
    const { status } = await keep(operator, JSON.stringify([EVENT, EVENT]), acting);
    expect(status).toBe(202);
    await expectCount(key, 2);
    const refused = await keep(operator, JSON.stringify([EVENT]), acting);
    expect([refused.status, refused.body.code]).toEqual([429, "request.rate_limited"]);
  });

  it("with the operator's own key is read at once, since its items may be of many", async () => {
    const operator = await operatorKey();
    const { tenantId } = await makeTenant();
    const items = [
      { ...EVENT, tenant: tenantId },
      { ...EVENT, tenant: "ten_none" },
    ];
    const { status, body } = await keep(operator, JSON.stringify(items));
    expect([status, body.results]).toMatchObject([202, [{ status: 202 }, { status: 404 }]]);
  });
});

describe("a message with a body", () => {
  it("that comes twice leaves the same recording, and lists nothing twice", async () => {
    const tenant = await makeTenant();
    const job = bodyJob(tenant, JSON.stringify([EVENT, { ...EVENT, quantity: -1 }]));
    const sent = sentBodies();
    for (let time = 0; time < 2; time++) {
      const message = messageOf(job, time + 1);
      await recordBodies(sent.env, [message], Date.now());
      expect(message.answered).toEqual({ acked: 1, retried: [] });
    }
    const [one, two] = sent.jobs;
    expect(sent.jobs).toHaveLength(2);
    expect(two).toEqual(one);
    expect(await refusedOf(tenant.key)).toHaveLength(1);
  });

  it("comes again where it cannot be read for now, and after a day is listed", async () => {
    const tenant = await makeTenant();
    const job = bodyJob(tenant, JSON.stringify([EVENT]));
    const failing = {
      ...worker,
      INTAKE: { send: () => Promise.reject(new Error("away")) },
      BUSY_INTAKE: { send: () => Promise.reject(new Error("away")) },
    } as unknown as Env;
    const first = messageOf(job);
    await recordBodies(failing, [first], Date.now());
    expect(first.answered).toEqual({ acked: 0, retried: [10] });
    expect(await refusedOf(tenant.key)).toEqual([]);
    const last = messageOf(job, 60);
    await recordBodies(failing, [last], Date.now());
    expect(last.answered).toEqual({ acked: 1, retried: [] });
    expect(await refusedOf(tenant.key)).toMatchObject([{ code: "usage.unavailable", event: null }]);
  });

  it("waits where its tenant's budget of events is used up", async () => {
    const tenant = await makeTenant();
    const sent = sentBodies();
    const job = () => bodyJob(tenant, JSON.stringify([EVENT, EVENT]), { eventsPerMinute: 1 });
    const [first, second] = [messageOf(job()), messageOf(job())];
    await recordBodies(sent.env, [first, second], Date.now());
    const both = [first.answered, second.answered];
    expect(both.map(({ acked }) => acked).sort()).toEqual([0, 1]);
    expect(both.flatMap(({ retried }) => retried)).toEqual([10]);
    expect(sent.jobs).toHaveLength(1);
  });
});
