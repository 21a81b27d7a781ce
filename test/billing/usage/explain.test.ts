import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../src/platform/runtime/crypto.ts";
import { call, makeTenant } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

/** The digest again, from what the ledger lists: the command that the documentation gives. */
async function recompute(of: Subscriber, query: Record<string, string>, upTo: number, after = 0) {
  const path = `/api/usage/events?limit=200&${new URLSearchParams(query)}`;
  const { body } = await call(of.key, "GET", path);
  const lines = body.data
    .filter(({ event_seq }: { event_seq: number }) => event_seq <= upTo && event_seq > after)
    .map((e: Record<string, unknown>) => `${e.event_seq} ${e.source} ${e.id}\n`);
  return { count: lines.length, digest: await sha256Hex(lines.join("")) };
}

describe("an explained invoice", () => {
  it("names plan version, arithmetic and the events of each line", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 5 });
    for (let i = 0; i < 5; i++) await record(tenant, 500, { id: `e${i}` });
    await record(tenant, 3, { metric_name: "quotes_generated" });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 999, { timestamp: "2026-01-31T00:00:00Z", id: "late" });
    const [invoice] = await listed(tenant, "/api/invoices");
    const { body } = await call(tenant.key, "GET", `/api/invoices/${invoice.id}/explain`);
    expect(body).toMatchObject({
      document_id: invoice.id,
      number: invoice.number,
      subscription_id: tenant.id,
    });
    expect(body.lines).toMatchObject([
      { kind: "base", plan: "FREE", plan_version: 1, amount: 5, events: null },
      {
        kind: "usage",
        metric_name: "api_calls",
        plan: "FREE",
        arithmetic: "1500 × 0.001 = 1.50",
        start: "2026-01-01T00:00:00Z",
        end: "2026-02-01T00:00:00Z",
        events: { count: 5, from_seq: 1, to_seq: 5 },
      },
    ]);
    const [, usage] = body.lines;
    const again = await recompute(
      tenant,
      { metric_name: "api_calls", start_date: usage.start, end_date: usage.end },
      usage.up_to_seq,
    );
    expect(again).toEqual({ count: 5, digest: usage.events.digest });
    const operators = await call(tenant.operator, "GET", `/api/invoices/${invoice.id}/explain`);
    expect(operators.body).toEqual(body);
    const stranger = await makeTenant();
    const refused = await call(stranger.key, "GET", `/api/invoices/${invoice.id}/explain`);
    expect(refused.status).toBe(404);
  });

  it("names the late events of a settlement, and only them", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 2000, { id: "first" });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 500, { timestamp: "2026-01-31T00:00:00Z", id: "late" });
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [, second] = await listed(tenant, "/api/invoices");
    const { body } = await call(tenant.key, "GET", `/api/invoices/${second.id}/explain`);
    const [line] = body.lines;
    expect(line).toMatchObject({
      settles: `per_${tenant.id.slice(4)}_1`,
      plan: "FREE",
      arithmetic: "1.50 − 1.00 = 0.50",
      events: { count: 1, from_seq: 2, to_seq: 2 },
    });
    const span = { start_date: line.start, end_date: line.end };
    const again = await recompute(tenant, span, line.up_to_seq, line.after_seq);
    expect(again.digest).toBe(line.events.digest);
  });
});
