import { afterEach, describe, expect, it, vi } from "vitest";
import { attemptDelivery } from "../src/delivery/webhook/deliver.ts";
import { makeId } from "../src/platform/runtime/crypto.ts";
import { handleEvent } from "../src/subscribers.ts";
import { hooked, quietEnv, receive } from "./delivery/receiver.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Writes a row of the outbox as another version of the product may have. */
async function write(tenant: string, type: string, bodyJson: string): Promise<string> {
  const { env } = quietEnv();
  const id = makeId("evt", 1);
  await env.DB.prepare(
    "INSERT INTO outbox (id, tenant, news_seq, type, at_ms, body) VALUES (?, ?, 1, ?, 1000, ?)",
  )
    .bind(id, tenant, type, bodyJson)
    .run();
  return id;
}

/** What a tenant's endpoint is sent of an event that was written by hand. */
async function sentOf(type: string, bodyJson: string): Promise<string> {
  const { env, sent } = quietEnv();
  const { tenantId: tenant } = await hooked();
  const id = await write(tenant, type, bodyJson);
  sent.length = 0;
  await handleEvent(env, { tenant, id }, Date.now());
  const taken = receive(() => new Response());
  for (const { job } of sent) {
    if (job.kind === "deliver") await attemptDelivery(env, job.id, "quick", Date.now);
  }
  const handled = env.DB.prepare("SELECT handled_ms FROM outbox WHERE id = ?").bind(id);
  expect(await handled.first("handled_ms")).not.toBeNull();
  expect(taken).toHaveLength(1);
  return taken[0]?.body.replace(id, "ID") ?? "";
}

describe("an event in the outbox", () => {
  it("of a type that this version does not have reaches webhooks as it was written", async () => {
    const message = { id: "ID", seq: 1, type: "plan.painted", timestamp: "1970-01-01T00:00:01Z" };
    const body = await sentOf("plan.painted", '{"colour": "red"}');
    expect(body).toBe(JSON.stringify({ ...message, data: { colour: "red" } }));
  });

  it("of an older shape is handled all the same", async () => {
    expect(await sentOf("invoice.overdue", '{"invoice_id":"inv_none"}')).toContain(
      '"data":{"invoice_id":"inv_none"}',
    );
  });

  it("that its queue brings twice stays as the first time left it", async () => {
    const { env, sent } = quietEnv();
    const { tenantId: tenant } = await hooked();
    const id = await write(tenant, "plan.painted", "{}");
    const stored = env.DB.prepare("SELECT * FROM outbox WHERE id = ?").bind(id);
    const ofThis = () => sent.filter(({ job }) => job.kind === "deliver").length;
    sent.length = 0;
    await handleEvent(env, { tenant, id }, 5_000);
    const [first, deliveries] = [await stored.first(), ofThis()];
    await handleEvent(env, { tenant, id }, 9_000);
    expect(first).toMatchObject({ handled_ms: 5_000 });
    expect(await stored.first()).toEqual(first);
    const made = env.DB.prepare("SELECT count(*) AS n FROM webhook_deliveries WHERE tenant = ?");
    expect([await made.bind(tenant).first("n"), deliveries]).toEqual([1, 1]);
  });

  it("keeps its numbers in what receivers are sent", async () => {
    const body = await sentOf("usage.corrected", '{"quantity":0.30000000000000004,"event_seq":1}');
    expect(body).toContain('"data":{"quantity":0.30000000000000004,"event_seq":1}');
  });
});
