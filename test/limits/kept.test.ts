/** What is kept beside the largest requests: answers, log entries, letters, staged rows. */
import { describe, expect, it, vi } from "vitest";
import { draft, makePair } from "../documents/api.ts";
import { call, makeTenant, operatorKey } from "../support/api.ts";
import { widest } from "./width.ts";

vi.setConfig({ testTimeout: 60_000 });

const LINES = Array.from({ length: 2_000 }, (_, i) => ({
  name: `Line ${i}`,
  description: "x".repeat(400),
  quantity: 1,
  unit_price: 1,
}));

describe("what is kept", () => {
  it("of the largest draft is an answer of a bounded size, and a short log entry", async () => {
    const { issuer, customerId } = await makePair();
    const body = { customer_id: customerId, lines: LINES };
    expect(JSON.stringify(body).length).toBeGreaterThan(900_000);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const first = await call(issuer.key, "POST", "/api/invoices", body, headers);
    const again = await call(issuer.key, "POST", "/api/invoices", body, headers);
    expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id]);
    expect(first.bytes.length).toBeGreaterThan(1_000_000);
    const key = headers["idempotency-key"];
    expect(await widest("idempotency", "key = ?", key)).toBeLessThan(1_500_000);
    expect(await widest("audit", "target = ?", first.body.id)).toBeLessThan(10_000);
    expect(await widest("outbox", "tenant = ?", issuer.tenantId)).toBeLessThan(10_000);
  });

  it("of a change of the largest plan is a log entry that a row holds", async () => {
    const operator = await operatorKey();
    const tiers = Array.from({ length: 50 }, (_, i) => ({
      up_to: i === 49 ? null : (i + 1) * 10,
      unit_price: `0.${123_456_789_012 + i}`,
    }));
    const prices = Array.from({ length: 100 }, (_, i) => ({
      metric_name: `kept_${i}`.padEnd(100, "x"),
      model: "graduated",
      tiers,
    }));
    const code = `KEPT-${crypto.randomUUID().toUpperCase()}`;
    const body = { code, name: "Kept", currency: "USD", prices };
    const { status, body: made } = await call(operator, "POST", "/api/plans", body);
    expect([status, made.detail]).toEqual([201, undefined]);
    expect(await widest("audit", "target = ?", made.id)).toBeLessThan(10_000);
    const width = await widest("plan_prices", "metric LIKE ?", "kept_%");
    expect(width).toBeGreaterThan(2_000);
    expect(width).toBeLessThan(10_000);
  });

  it("of the largest letter is a row, beside a file", async () => {
    const { issuer, customerId } = await makePair();
    await call(issuer.key, "PUT", "/api/issuer", {
      legal_name: "Large Ltd",
      address: { lines: ["1 High Street"], city: "London", country: "GB" },
      email: "large@example.com",
      currency: "EUR",
    });
    const { id } = await draft({ issuer, customerId } as never, "invoices", { lines: LINES });
    const path = `/api/invoices/${id}`;
    expect((await call(issuer.key, "POST", `${path}/finalize`)).status).toBe(200);
    const letter = { to: ["buyer@example.com"], message: "東京都庁".repeat(500) };
    const sent = await call(issuer.key, "POST", `${path}/send`, letter);
    expect([sent.status, sent.body.detail]).toEqual([202, undefined]);
    const width = await widest("emails", "tenant = ?", issuer.tenantId);
    expect(width).toBeGreaterThan(5_000);
    expect(width).toBeLessThan(100_000);
  });

  it("of the largest import is a row an event, of a batch answered first an object", async () => {
    const { key } = await makeTenant({ clock: "2026-06-01T00:00:00Z" });
    const events = Array.from({ length: 450 }, (_, i) => ({
      id: `e${i}`,
      metric_name: "api_calls",
      quantity: 1,
      timestamp: "2025-01-01T00:00:00Z",
      metadata: { note: "x".repeat(2_000) },
    }));
    const made = await call(key, "POST", "/api/usage/imports", { name: "large" });
    const staged = await call(key, "POST", `/api/usage/imports/${made.body.id}/events`, { events });
    expect([staged.status, staged.body.detail]).toEqual([200, undefined]);
    const width = await widest("usage_import_events", "import_id = ?", made.body.id);
    expect(width).toBeGreaterThan(2_000);
    expect(width).toBeLessThan(10_000);
    const items = events.map(({ timestamp: _, ...event }) => event);
    const batch = await call(key, "POST", "/api/usage/events", items, { prefer: "respond-async" });
    expect(batch.status).toBe(202);
    await expect
      .poll(
        async () => {
          const { body } = await call(key, "GET", "/api/usage/summary");
          return body.metrics[0]?.event_count;
        },
        { timeout: 30_000 },
      )
      .toBe(items.length);
  });
});
