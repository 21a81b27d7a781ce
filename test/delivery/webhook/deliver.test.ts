import { createMessageBatch } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../src/core/time.ts";
import { secretText } from "../../../src/delivery/transport/signature.ts";
import { attemptDelivery, fanOut } from "../../../src/delivery/webhook/deliver.ts";
import { handOutDeliveries, sweepDeliveries } from "../../../src/delivery/webhook/hand-out.ts";
import worker from "../../../src/index.ts";
import { announce, readAnnounced } from "../../../src/platform/queue/outbox.ts";
import { makeId, seal } from "../../../src/platform/runtime/crypto.ts";
import type { Env, Job } from "../../../src/platform/runtime/env.ts";
import { call } from "../../support/api.ts";
import {
  announced,
  attemptNext,
  type Hooked,
  hooked,
  quietEnv,
  receive,
  URL_OF_HOOK,
} from "../receiver.ts";

let env: Env;
let sent: ReturnType<typeof quietEnv>["sent"];
beforeEach(() => {
  ({ env, sent } = quietEnv());
});
afterEach(() => {
  vi.restoreAllMocks();
});

const get = async (of: Hooked, path: string) => (await call(of.key, "GET", path)).body;
const deliveries = async (of: Hooked) => (await get(of, "/api/webhooks/deliveries")).data;
const now = () => Date.now();

/** A tenant with one delivery that waits. */
async function waiting(body: Record<string, unknown> = {}) {
  const tenant = await hooked(body);
  const event = await announced(env, tenant.tenantId);
  await fanOut(env, event, now());
  const [delivery] = await deliveries(tenant);
  return { tenant, event, id: delivery.id as string };
}

async function dueOf(id: string): Promise<number | null> {
  const row = env.DB.prepare("SELECT at_ms AS atMs FROM due WHERE id = ?");
  const found = await row.bind(`webhook.deliver:${id}`).first<{ atMs: number }>();
  return found?.atMs ?? null;
}

describe("an announcement", () => {
  it("makes one delivery for each endpoint that wants it, however often it comes", async () => {
    const tenant = await hooked({ events: ["quote.accepted"] });
    for (const body of [{ url: URL_OF_HOOK, events: ["invoice.paid"] }, { url: URL_OF_HOOK }]) {
      await call(tenant.key, "POST", "/api/webhooks/endpoints", body);
    }
    const event = await announced(env, tenant.tenantId);
    await fanOut(env, event, now());
    await fanOut(env, event, now());
    const made = await deliveries(tenant);
    expect(made).toHaveLength(2);
    expect(made[0]).toMatchObject({ event_id: event.id, seq: 1, status: "pending", attempts: 0 });
  });

  it("is sent signed, as the receiver's own library verifies", async () => {
    const { tenant, event, id } = await waiting();
    const taken = receive(() => new Response("thanks", { status: 202 }));
    await attemptNext(env, id, now);
    const [{ body, headers } = { body: "", headers: {} }] = taken;
    expect(new Webhook(tenant.secret).verify(body, headers)).toEqual({
      id: event.id,
      seq: 1,
      type: "quote.accepted",
      timestamp: "1970-01-01T00:00:01Z",
      data: { quote_id: "quo_1", number: "QUO-2026-001" },
    });
    expect(headers).toMatchObject({ "webhook-id": event.id });
    expect(await get(tenant, `/api/webhooks/deliveries/${id}`)).toMatchObject({
      status: "succeeded",
      attempts: 1,
      log: [{ number: 1, status: 202, answer: "thanks", error: null }],
    });
    expect(await dueOf(id)).toBeNull();
    await attemptNext(env, id, now);
    expect(taken).toHaveLength(1);
  });

  it("has a bound of old secrets that sign along, which ending them at once lifts", async () => {
    const { tenant, id } = await waiting();
    const path = `/api/webhooks/endpoints/${tenant.endpoint}/rotate-secret`;
    const rotated: number[] = [];
    for (let i = 0; i < 11; i++) rotated.push((await call(tenant.key, "POST", path, {})).status);
    expect(rotated).toEqual([...Array<number>(10).fill(200), 409]);
    const { body } = await call(tenant.key, "POST", path, { overlap_hours: 1 });
    expect(body.detail).toContain('{"overlap_hours": 0}');
    const taken = receive(() => new Response());
    await attemptNext(env, id, now);
    expect(taken[0]?.headers["webhook-signature"]?.split(" ")).toHaveLength(11);
    expect((await call(tenant.key, "POST", path, { overlap_hours: 0 })).status).toBe(200);
    expect((await call(tenant.key, "POST", path, {})).status).toBe(200);
  });

  it("is signed with the old and the new secret while one is rotated", async () => {
    const { tenant, id } = await waiting();
    const path = `/api/webhooks/endpoints/${tenant.endpoint}/rotate-secret`;
    const { body: fresh } = await call(tenant.key, "POST", path, {});
    const taken = receive(() => new Response());
    await attemptNext(env, id, now);
    await call(tenant.key, "POST", path, { overlap_hours: 0 });
    await call(tenant.key, "POST", `/api/webhooks/deliveries/${id}/retry`);
    await attemptNext(env, id, now);
    const verified = taken.map(({ body, headers }) =>
      [tenant.secret, fresh.secret].map((secret) => {
        try {
          return new Webhook(secret).verify(body, headers) !== null;
        } catch {
          return false;
        }
      }),
    );
    expect(verified).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it("says that the installation's secret was changed, and goes by one made since", async () => {
    const { tenant, id } = await waiting();
    const taken = receive(() => new Response());
    const changed = { ...env, DELIVERY_SECRET: "another secret of the installation" };
    await attemptNext(changed, id, now);
    expect(await get(tenant, `/api/webhooks/deliveries/${id}`)).toMatchObject({
      status: "pending",
      log: [{ number: 1, status: null, error: expect.stringContaining("rotate it") }],
    });
    expect(taken).toEqual([]);
    // As after a rotation under the new one: the old secret stands beside it and stays closed.
    const fresh = secretText(new Uint8Array(32).fill(9));
    const sealed = await seal(changed.DELIVERY_SECRET, tenant.endpoint, fresh);
    await env.DB.prepare(
      `INSERT INTO webhook_secrets (id, endpoint, sealed, created_ms) VALUES ('sec_new', ?, ?, 1)`,
    )
      .bind(tenant.endpoint, sealed)
      .run();
    await attemptNext(changed, id, now);
    const [{ body, headers } = { body: "", headers: {} }] = taken;
    expect(new Webhook(fresh).verify(body, headers)).toMatchObject({ type: "quote.accepted" });
  });

  it("keeps its secrets unreadable in the database", async () => {
    const { secret, endpoint } = await hooked();
    const row = env.DB.prepare("SELECT sealed FROM webhook_secrets WHERE endpoint = ?");
    const stored = await row.bind(endpoint).first<{ sealed: string }>();
    expect(stored?.sealed.length).toBeGreaterThan(secret.length);
    expect(atob(stored?.sealed ?? "")).not.toContain(secret.slice(6, 20));
  });
});

describe("a receiver that fails", () => {
  it.each([
    ["500", () => new Response("oops", { status: 500 }), { status: 500, answer: "oops" }],
    ["301", () => new Response(null, { status: 301, headers: { location: "/" } }), { status: 301 }],
    ["a reset", () => Promise.reject(new Error("reset")), { status: null, error: "Error: reset" }],
  ])("with %s is asked again in five seconds, with the same id", async (_, answer, logged) => {
    const { tenant, event, id } = await waiting();
    const taken = receive(answer);
    const beganMs = now();
    await attemptNext(env, id, now);
    const delivery = await get(tenant, `/api/webhooks/deliveries/${id}`);
    expect(delivery).toMatchObject({ status: "pending", attempts: 1, log: [logged] });
    const waitMs = ((await dueOf(id)) ?? 0) - beganMs;
    expect(waitMs).toBeGreaterThanOrEqual(4_500);
    expect(waitMs).toBeLessThan(7_500);
    await attemptNext(env, id, now);
    expect(taken.map(({ headers }) => headers["webhook-id"])).toEqual([event.id, event.id]);
  });

  it("with 429 is left alone as long as Retry-After says", async () => {
    const { id } = await waiting();
    receive(() => new Response(null, { status: 429, headers: { "retry-after": "3600" } }));
    const beganMs = now();
    await attemptNext(env, id, now);
    expect((await dueOf(id)) ?? 0).toBeGreaterThanOrEqual(beganMs + 3_600_000);
  });

  it("with an endless answer is read for one KB and no more", async () => {
    const { tenant, id } = await waiting();
    const endless = () =>
      new ReadableStream({ pull: (c) => c.enqueue(new TextEncoder().encode("é".repeat(400))) });
    receive(() => new Response(endless()));
    await attemptNext(env, id, now);
    const { log, status } = await get(tenant, `/api/webhooks/deliveries/${id}`);
    expect(status).toBe("succeeded");
    expect(log[0].answer).toBe("é".repeat(512));
  });

  it("with 410 is disabled at once, its owner is told, and what waits is kept", async () => {
    const { tenant, id } = await waiting();
    const later = await announced(env, tenant.tenantId);
    await fanOut(env, later, now());
    receive(() => new Response(null, { status: 410 }));
    await attemptNext(env, id, now);
    const path = `/api/webhooks/endpoints/${tenant.endpoint}`;
    expect(await get(tenant, path)).toMatchObject({ enabled: false, disabled_reason: "gone" });
    const events = await get(tenant, "/api/webhooks/events?after=2");
    expect(events.data).toMatchObject([
      { seq: 3, type: "webhook.disabled", data: { endpoint_id: tenant.endpoint, reason: "gone" } },
    ]);
    const [other] = (await deliveries(tenant)).filter((one: { id: string }) => one.id !== id);
    const taken = receive(() => new Response());
    await attemptNext(env, other.id, now);
    expect([taken.length, await dueOf(other.id)]).toEqual([0, null]);
    await call(tenant.key, "PATCH", path, { enabled: true });
    expect(await dueOf(other.id)).not.toBeNull();
    await attemptNext(env, other.id, now);
    expect((await get(tenant, `/api/webhooks/deliveries/${other.id}`)).status).toBe("succeeded");
  });

  it("for three days of nothing but failure is disabled", async () => {
    const { tenant, id } = await waiting();
    receive(() => new Response(null, { status: 500 }));
    const startMs = now();
    await attemptNext(env, id, () => startMs);
    const enabled = () => get(tenant, `/api/webhooks/endpoints/${tenant.endpoint}`);
    await attemptNext(env, id, () => startMs + 3 * DAY_MS - 1);
    expect((await enabled()).enabled).toBe(true);
    await attemptNext(env, id, () => startMs + 3 * DAY_MS);
    expect(await enabled()).toMatchObject({ enabled: false, disabled_reason: "failing" });
  });

  it("by not answering is asked again in the slow queue, and stays there", async () => {
    const { tenant, id } = await waiting();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    const taken = receive((_, { signal }) => Promise.reject(signal?.reason));
    sent.length = 0;
    const slow = { lane: "slow", job: { kind: "deliver", id } };
    await attemptDelivery(env, id, "quick", now);
    await attemptDelivery(env, id, "quick", now);
    expect([sent, taken.length]).toEqual([[slow, slow], 1]);
    await attemptDelivery(env, id, "slow", now);
    expect(timeout.mock.calls).toEqual([[1_000], [15_000]]);
    const { log } = await get(tenant, `/api/webhooks/deliveries/${id}`);
    expect(log).toMatchObject([{ status: null, error: "no answer within 15 s" }]);
    sent.length = 0;
    await sweepDeliveries(env, tenant.tenantId, (await dueOf(id)) ?? 0);
    expect(sent).toEqual([slow]);
  });

  it("again and again is tried now and then, and gets what waits once it takes one", async () => {
    const tenant = await hooked();
    const events = 30;
    const startMs = now();
    for (let n = 0; n < events; n++) {
      await fanOut(env, await announced(env, tenant.tenantId), startMs);
    }
    const [ids] = [(await deliveries(tenant)).map(({ id }: { id: string }) => id)];
    receive(() => new Response(null, { status: 500 }));
    for (const atMs of [startMs, startMs + 5_000]) {
      await attemptNext(env, ids.pop(), () => atMs);
    }
    const laterMs = startMs + 10 * MINUTE_MS; // what was handed out and lost is due again
    sent.length = 0;
    await handOutDeliveries(env, tenant.tenantId, laterMs);
    expect(sent).toEqual([]);
    await fanOut(env, await announced(env, tenant.tenantId), laterMs);
    expect(sent).toEqual([]);
    await sweepDeliveries(env, tenant.tenantId, laterMs);
    expect(sent).toHaveLength(2);
    // What somebody asks for is tried at once.
    const path = `/api/webhooks/endpoints/${tenant.endpoint}/test`;
    const { body: test } = await call(tenant.key, "POST", path);
    await handOutDeliveries(env, tenant.tenantId, laterMs);
    expect(sent.splice(0).at(-1)?.job).toEqual({ kind: "deliver", id: test.id });
    receive(() => new Response());
    await attemptNext(env, test.id, () => laterMs);
    expect(sent.length).toBe(8); // ten of an endpoint, two of which are on their way
  });

  it("is not asked twice by two messages, and again within a minute after a crash", async () => {
    const ours = `${URL_OF_HOOK}/crash`;
    const { tenant, id } = await waiting({ url: ours });
    const beganMs = now();
    let answer = (_: Response) => {};
    const all = receive(({ url }) =>
      url === ours ? new Promise<Response>((resolve) => (answer = resolve)) : new Response(),
    );
    const taken = () => all.filter(({ url }) => url === ours).length;
    const attempt = attemptDelivery(env, id, "quick", () => beganMs);
    await vi.waitFor(() => expect(taken()).toBe(1));
    await attemptDelivery(env, id, "quick", () => beganMs);
    expect(taken()).toBe(1);
    // The process ended with the attempt: its row is what the next minute's sweep finds.
    sent.length = 0;
    await sweepDeliveries(env, tenant.tenantId, beganMs + MINUTE_MS);
    expect(sent).toEqual([{ lane: "quick", job: { kind: "deliver", id } }]);
    answer(new Response());
    await attempt;
    expect(await get(tenant, `/api/webhooks/deliveries/${id}`)).toMatchObject({ attempts: 1 });
    await attemptDelivery(env, id, "quick", () => beganMs + MINUTE_MS);
    expect(taken()).toBe(1);
  });

  it("leaves the others of its batch alone", async () => {
    const [broken, well] = [await waiting(), await waiting()];
    const { id } = well;
    const deleted = env.DB.prepare("DELETE FROM outbox WHERE tenant = ?");
    await deleted.bind(broken.tenant.tenantId).run();
    receive(() => new Response());
    const messages = [broken.id, id].map((deliveryId, n) => ({
      id: String(n),
      timestamp: new Date(),
      attempts: 1,
      body: { kind: "deliver", id: deliveryId } satisfies Job,
    }));
    await worker.queue(createMessageBatch<Job>("boxcostpro-deliveries", messages), env);
    expect(await dueOf(id)).toBeNull();
    expect(await dueOf(broken.id)).not.toBeNull();
  });
});

describe("a delivery that was lost on its way", () => {
  it("comes back by its due row, which stays until the attempt is reported", async () => {
    const { id, tenant } = await waiting();
    expect(sent).toEqual([{ lane: "quick", job: { kind: "deliver", id } }]);
    const atMs = (await dueOf(id)) ?? 0;
    await handOutDeliveries(env, tenant.tenantId, atMs - 1);
    expect(sent).toHaveLength(1);
    await handOutDeliveries(env, tenant.tenantId, atMs);
    expect(sent).toHaveLength(2);
    expect((await dueOf(id)) ?? 0).toBeGreaterThan(atMs);
  });
});

describe("a target", () => {
  it("that is private is refused when it is set", async () => {
    const { key, endpoint } = await hooked();
    const path = "/api/webhooks/endpoints";
    const url = "https://0x7f.1/";
    for (const [method, at] of [
      ["POST", path],
      ["PATCH", `${path}/${endpoint}`],
    ] as const) {
      const { status, body } = await call(key, method, at, { url });
      expect([status, body.errors[0].pointer]).toEqual([422, "/url"]);
    }
  });

  it("that became private is never asked", async () => {
    const { tenant, id } = await waiting();
    const change = env.DB.prepare("UPDATE webhook_endpoints SET url = ? WHERE id = ?");
    await change.bind("https://169.254.169.254/", tenant.endpoint).run();
    const taken = receive(() => new Response());
    await attemptNext(env, id, now);
    expect(taken).toEqual([]);
    const { log } = await get(tenant, `/api/webhooks/deliveries/${id}`);
    expect(log[0].error).toContain("public internet");
  });
});

describe("an endpoint's version", () => {
  it("is that of who makes it, can be changed, and shapes what it is sent", async () => {
    const first = { "api-version": "2026-11-01" };
    const tenant = await hooked();
    const endpoint = `/api/webhooks/endpoints/${tenant.endpoint}`;
    expect(await get(tenant, endpoint)).toMatchObject({ api_version: "2026-11-30" });
    const body = { url: URL_OF_HOOK };
    const old = await call(tenant.key, "POST", "/api/webhooks/endpoints", body, first);
    expect(old.body).toMatchObject({ api_version: "2026-11-01" });
    const id = makeId("news", now());
    const data = {
      customer_id: "cus_1",
      transaction_id: "cbt_1",
      kind: "invoice_payment",
    } as const;
    await announce(env.DB, {
      id,
      tenant: tenant.tenantId,
      type: "customer.balance_changed",
      atMs: now(),
      body: { ...data, invoice_id: "inv_1", amount: -2, currency: "EUR" },
    }).run();
    const event = await readAnnounced(env.DB, tenant.tenantId, id);
    if (!event) throw new Error("it was not announced");
    await fanOut(env, event, now());
    const taken = receive(() => new Response(null, { status: 204 }));
    const kindsOf = async () => {
      taken.length = 0;
      for (const one of await deliveries(tenant)) await attemptDelivery(env, one.id, "quick", now);
      return taken.map((one) => JSON.parse(one.body).data.kind).sort();
    };
    expect(await kindsOf()).toEqual(["applied", "invoice_payment"]);
    await call(tenant.key, "PATCH", endpoint, { api_version: "2026-11-01" });
    for (const one of await deliveries(tenant)) {
      await call(tenant.key, "POST", `/api/webhooks/deliveries/${one.id}/retry`);
    }
    expect(await kindsOf()).toEqual(["applied", "applied"]);
  });
});
