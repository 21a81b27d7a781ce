import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import worker from "../src/index.ts";
import type { Env, Job } from "../src/platform/runtime/env.ts";
import { final, makePair } from "./documents/api.ts";
import { call, operatorKey } from "./support/api.ts";
import { listed, moveTo, record, subscriber } from "./support/billing.ts";

const env = bindings as unknown as Env;

/** What became of each message of a batch. */
async function consume(jobs: unknown[]) {
  const messages = jobs.map((body, i) => ({
    id: String(i),
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch<Job>("boxcostpro-jobs", messages as never);
  await worker.queue(batch, env);
  return getQueueResult(batch, createExecutionContext());
}

describe("the queue", () => {
  it("acknowledges what was done and brings back only what failed", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    const lines = { in: "message", text: "not lines" };
    const result = await consume([
      { kind: "due", id: "period.close:none" },
      { kind: "record", tenant: tenant.tenantId, nowMs: 1, caps: [], stored: lines },
      { kind: "news", tenant: tenant.tenantId, id: `${tenant.id}:created` },
    ]);
    expect(result.explicitAcks).toEqual(["0", "2"]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["1"]);
  });

  it("gets the event of a write as soon as the write is answered", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    const relayed = () =>
      env.DB.prepare("SELECT relayed_ms FROM outbox WHERE tenant = ? AND type = ?")
        .bind(tenant.tenantId, "subscription.created")
        .first("relayed_ms");
    await vi.waitUntil(relayed);
    expect(await relayed()).toBeGreaterThan(0);
  });

  it("renders an invoice that became final before anybody asks for it", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 10 });
    await record(tenant, 2000);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [invoice] = await listed(tenant, "/api/invoices");
    const prefix = `pdf/${invoice.id}/`;
    const pdfs = async () => (await env.FILES.list({ prefix })).objects.length;
    const id = (of: string) => `${invoice.id}:finalized:${of}`;
    const result = await consume([
      { kind: "news", tenant: tenant.tenantId, id: id(tenant.tenantId) },
      { kind: "news", tenant: "ten_operator", id: id("ten_operator") },
      { kind: "news", tenant: "ten_operator", id: id("ten_operator") },
    ]);
    expect(result.explicitAcks).toHaveLength(3);
    expect(await pdfs()).toBe(1);
    const pdf = await call(tenant.key, "GET", `/api/pdf/invoice/${invoice.id}?as=issued`);
    expect(pdf.status).toBe(200);
    expect(await pdfs()).toBe(1);
  });

  it("counts a closing's invoice as the operator's usage, by its own id", async () => {
    const operator = await operatorKey();
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 10 });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [{ id }] = await listed(tenant, "/api/invoices");
    const counted = () =>
      call(operator, "GET", `/api/usage/events/invoices_generated:${id}?source=boxcostpro`);
    expect((await counted()).status).toBe(404);
    const event = ["ten_operator", tenant.tenantId].map((of) => ({
      kind: "news",
      tenant: of,
      id: `${id}:finalized:${of}`,
    }));
    expect((await consume([...event, ...event])).explicitAcks).toHaveLength(4);
    expect((await counted()).body).toMatchObject({ quantity: 1 });
  });

  it("renders quotes and credit notes as well", async () => {
    const pair = await makePair();
    const { issuer } = pair;
    const quote = await final(pair, "quotes");
    const invoice = await final(pair);
    const credit = { reason: "Mistaken" };
    const path = `/api/invoices/${invoice.id}/credit`;
    const { body: note } = await call(issuer.key, "POST", path, credit);
    const tenant = issuer.tenantId;
    const result = await consume(
      [quote, note].map(({ id }) => ({
        kind: "news",
        tenant,
        id: `${id}:finalized:${tenant}`,
      })),
    );
    expect(result.explicitAcks).toHaveLength(2);
    for (const { id } of [quote, note]) {
      const { objects } = await env.FILES.list({ prefix: `pdf/${id}/` });
      expect(objects).toHaveLength(1);
    }
  });
});
