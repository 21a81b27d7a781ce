import { afterEach, describe, expect, it, vi } from "vitest";
import { attemptDelivery, fanOut } from "../../../src/delivery/webhook/deliver.ts";
import { announceAll } from "../../../src/platform/queue/outbox.ts";
import { call, operatorKey } from "../../support/api.ts";
import { announced, hooked, quietEnv, receive, URL_OF_HOOK } from "../receiver.ts";

const { env } = quietEnv();
afterEach(() => {
  vi.restoreAllMocks();
});

// The routes' own queue consumer sends, too: it finds this receiver as well.
describe("a receiver that was down", () => {
  it("polls for what it missed, in order and without gaps", async () => {
    const { tenantId, key } = await hooked();
    for (let i = 0; i < 3; i++) await announced(env, tenantId);
    const poll = async (query: string) =>
      (await call(key, "GET", `/api/webhooks/events?${query}`)).body;
    const first = await poll("limit=2");
    expect([first.data.map((e: { seq: number }) => e.seq), first.has_more]).toEqual([[1, 2], true]);
    const rest = await poll(`after=${first.next_after}`);
    expect([rest.data.length, rest.next_after, rest.has_more]).toEqual([1, 3, false]);
    expect(await poll("after=3")).toEqual({ data: [], next_after: 3, has_more: false });
  });

  it("is sent everything after a seq once more, with the same ids", async () => {
    const { tenantId, key, endpoint } = await hooked({ events: ["quote.accepted"] });
    const event = [];
    for (let i = 0; i < 3; i++) event.push(await announced(env, tenantId));
    const taken = receive(() => new Response());
    const path = `/api/webhooks/endpoints/${endpoint}/replay`;
    const { status, body } = await call(key, "POST", path, { after: 1 });
    expect([status, body]).toEqual([202, { deliveries: 2, last_seq: 3, has_more: false }]);
    const { body: list } = await call(key, "GET", "/api/webhooks/deliveries");
    for (const { id } of list.data) await attemptDelivery(env, id, "quick", Date.now);
    const ids = new Set(taken.map(({ headers }) => headers["webhook-id"]));
    expect(ids).toEqual(new Set([event[1]?.id, event[2]?.id]));
  });

  it("is sent 500 at a time of a long past, within the queries of an invocation", async () => {
    const { tenantId, key, endpoint } = await hooked();
    const event = { type: "quote.accepted", atMs: 1_000, body: { quote_id: "q", number: "1" } };
    const past = Array.from({ length: 501 }, (_, i) => ({ ...event, id: `${tenantId}-${i}` }));
    await env.DB.batch(announceAll(env.DB, tenantId, past as Parameters<typeof announceAll>[2]));
    receive(() => new Response());
    const path = `/api/webhooks/endpoints/${endpoint}/replay`;
    const first = await call(key, "POST", path, { after: 0 });
    expect([first.status, first.body]).toEqual([
      202,
      { deliveries: 500, last_seq: 500, has_more: true },
    ]);
    const rest = await call(key, "POST", path, { after: 500 });
    expect(rest.body).toEqual({ deliveries: 1, last_seq: 501, has_more: false });
    const made = env.DB.prepare("SELECT count(*) AS n FROM webhook_deliveries WHERE tenant = ?");
    expect(await made.bind(tenantId).first("n")).toBe(501);
  });

  it("is sent one delivery again when asked", async () => {
    const { tenantId, key } = await hooked();
    await fanOut(env, await announced(env, tenantId), Date.now());
    const { body: list } = await call(key, "GET", "/api/webhooks/deliveries");
    const { id } = list.data[0];
    receive(() => new Response());
    await attemptDelivery(env, id, "quick", Date.now);
    const again = await call(key, "POST", `/api/webhooks/deliveries/${id}/retry`);
    expect([again.status, again.body.status]).toEqual([202, "pending"]);
    await attemptDelivery(env, id, "quick", Date.now);
    const { body } = await call(key, "GET", `/api/webhooks/deliveries/${id}`);
    expect([body.status, body.attempts >= 2]).toEqual(["succeeded", true]);
  });
});

describe("an endpoint", () => {
  it("takes a test event", async () => {
    const { key, endpoint } = await hooked();
    const taken = receive(() => new Response());
    const sent = await call(key, "POST", `/api/webhooks/endpoints/${endpoint}/test`);
    expect([sent.status, sent.body.type]).toEqual([202, "webhook.test"]);
    await attemptDelivery(env, sent.body.id, "quick", Date.now);
    expect(JSON.parse(taken[0]?.body ?? "")).toMatchObject({
      type: "webhook.test",
      data: { endpoint_id: endpoint },
    });
  });

  it("takes as many tests, retries and replays an hour as its tenant's budget allows", async () => {
    const { tenantId, key, endpoint } = await hooked();
    receive(() => new Response());
    const path = `/api/webhooks/endpoints/${endpoint}`;
    await call(await operatorKey(), "PUT", `/api/tenants/${tenantId}/budgets`, {
      webhook_requests_per_hour: 10,
    });
    const ask = (i: number) =>
      i % 2 ? call(key, "POST", `${path}/test`) : call(key, "POST", `${path}/replay`, { after: 0 });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    const refused = answers.find(({ status }) => status !== 202);
    expect(refused?.body).toMatchObject({
      status: 429,
      code: "budget.reached",
      budget: "webhook_requests_per_hour",
      limit: 10,
    });
    const [delivery] = (await call(key, "GET", "/api/webhooks/deliveries")).body.data;
    const retry = await call(key, "POST", `/api/webhooks/deliveries/${delivery.id}/retry`);
    expect([retry.status, retry.body.detail]).toEqual([
      429,
      expect.stringContaining("replay an endpoint instead of many retries"),
    ]);
  });

  it("that is removed during an attempt leaves no work behind", async () => {
    const { tenantId, key, endpoint } = await hooked();
    await fanOut(env, await announced(env, tenantId), Date.now());
    const [{ id }] = (await call(key, "GET", "/api/webhooks/deliveries")).body.data;
    receive(async () => {
      await call(key, "DELETE", `/api/webhooks/endpoints/${endpoint}`);
      return new Response(null, { status: 500 });
    });
    await attemptDelivery(env, id, "quick", Date.now);
    const row = env.DB.prepare("SELECT count(*) AS n FROM due WHERE tenant = ?");
    expect(await row.bind(tenantId).first("n")).toBe(0);
  });

  it("that is disabled takes nothing that is asked for", async () => {
    const { key, endpoint } = await hooked();
    const path = `/api/webhooks/endpoints/${endpoint}`;
    await call(key, "PATCH", path, { enabled: false });
    expect((await call(key, "POST", `${path}/test`)).status).toBe(409);
    expect((await call(key, "POST", `${path}/replay`, { after: 0 })).status).toBe(409);
  });

  it("shows its secret once, and goes with all that is its own", async () => {
    const { tenantId, key, endpoint } = await hooked();
    await fanOut(env, await announced(env, tenantId), Date.now());
    const path = `/api/webhooks/endpoints/${endpoint}`;
    const { body } = await call(key, "GET", path);
    expect([body.url, body.secret]).toEqual([URL_OF_HOOK, undefined]);
    expect((await call(key, "DELETE", path)).status).toBe(204);
    expect((await call(key, "GET", path)).status).toBe(404);
    expect((await call(key, "GET", "/api/webhooks/deliveries")).body.data).toEqual([]);
  });
});
