import { afterEach, describe, expect, it, vi } from "vitest";
import { attemptDelivery, fanOut } from "../../../src/delivery/webhook/deliver.ts";
import { call } from "../../support/api.ts";
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
