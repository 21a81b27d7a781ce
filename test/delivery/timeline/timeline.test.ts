/** A document's timeline says what happened to it, in order, and nothing of another tenant's. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";

describe("a timeline", () => {
  it("of an invoice goes from its draft over opening to payment and credit", async () => {
    const { key } = await makeTenant({ clock: "2026-03-01T09:00:00Z" });
    const customer = { name: "B", email: "b@b.test" };
    const { id: customer_id } = (await call(key, "POST", "/api/customers", customer)).body;
    const lines = [{ name: "Work", quantity: 1, unit_price: 100 }];
    const { id } = (await call(key, "POST", "/api/invoices", { customer_id, lines })).body;
    const path = `/api/invoices/${id}`;
    const at = (now: string) => call(key, "POST", "/api/test-clock", { now: `${now}T09:00:00Z` });
    await at("2026-03-02");
    await call(key, "POST", `${path}/finalize`);
    const { url } = (await call(key, "POST", `${path}/link`, {})).body;
    const opened = await call(null, "GET", new URL(url).pathname);
    expect(opened.status).toBe(200);
    await at("2026-03-05");
    await call(key, "POST", `${path}/payments`, { amount: 60 });
    await at("2026-03-06");
    const partial = { reason: "late", lines: [{ position: 1, amount: 15 }] };
    const credit = (await call(key, "POST", `${path}/credit`, partial)).body;
    await at("2026-03-07");
    await call(key, "POST", `${path}/payments`, { amount: -10 });
    const { data } = (await call(key, "GET", `${path}/timeline`)).body;
    type Entry = { what: string; at: string; amount: number | null };
    const own = data.filter(({ what }: Entry) => what !== "opened");
    expect(own.map(({ what, at, amount }: Entry) => [what, at.slice(0, 10), amount])).toEqual([
      ["created", "2026-03-01", null],
      ["finalized", "2026-03-02", null],
      ["paid", "2026-03-05", 60],
      ["credited", "2026-03-06", 15],
      ["refunded", "2026-03-07", -10],
    ]);
    expect(own[3]).toMatchObject({ document: { kind: "credit_note", id: credit.id } });
  });

  it("of a quote says what was made of it; of another tenant's says nothing", async () => {
    const [{ key }, other] = await Promise.all([makeTenant(), makeTenant()]);
    const { id: customer_id } = (await call(key, "POST", "/api/customers", { name: "B" })).body;
    const lines = [{ name: "Work", quantity: 1, unit_price: 100 }];
    const { id } = (await call(key, "POST", "/api/quotes", { customer_id, lines })).body;
    await call(key, "POST", `/api/quotes/${id}/finalize`);
    const invoice = (await call(key, "POST", `/api/quotes/${id}/convert`)).body;
    const { data } = (await call(key, "GET", `/api/quotes/${id}/timeline`)).body;
    const whats = data.map(({ what }: { what: string }) => what);
    expect(whats.toSorted()).toEqual(["accepted", "converted", "created", "finalized"]);
    expect(data.at(-1).document ?? data.at(-2).document).toMatchObject({ id: invoice.id });
    expect((await call(other.key, "GET", `/api/quotes/${id}/timeline`)).status).toBe(404);
  });

  it("says who edited, issued and voided it, to whoever reads the audit log", async () => {
    const { key, tenantId } = await makeTenant();
    const person = { email: "ada@who.test", name: "Ada Lovelace", role: "admin" };
    const { id: user_id } = (await call(key, "POST", "/api/users", person)).body;
    const made = { name: "Ada's", role: "admin", user_id };
    const ada = (await call(key, "POST", "/api/keys", made)).body.key;
    const { id: customer_id } = (await call(key, "POST", "/api/customers", { name: "B" })).body;
    const lines = [{ name: "Work", quantity: 1, unit_price: 100 }];
    const { id } = (await call(key, "POST", "/api/invoices", { customer_id, lines })).body;
    const path = `/api/invoices/${id}`;
    for (const memo of ["One", "Two"]) await call(ada, "PATCH", path, { memo });
    const operator = await operatorKey();
    await call(operator, "PATCH", path, { memo: "Three" }, { "boxcost-tenant": tenantId });
    await call(ada, "POST", `${path}/finalize`);
    await call(key, "POST", `${path}/payments`, { amount: 40 });
    type Entry = { what: string; edits: number | null; by: { kind: string; name: string } | null };
    const entries = async (as: string): Promise<Entry[]> =>
      (await call(as, "GET", `${path}/timeline`)).body.data;
    const owner = { kind: "key", name: expect.any(String) };
    const byAda = { kind: "user", name: "Ada Lovelace" };
    expect((await entries(key)).map(({ what, edits, by }) => [what, edits, by])).toEqual([
      ["created", null, owner],
      ["edited", 2, byAda],
      ["edited", 1, { kind: "operator", name: null }],
      ["finalized", null, byAda],
      ["paid", null, owner],
    ]);
    const viewer = await entries(await keyFor(tenantId, "viewer"));
    expect(viewer.map(({ what }) => what)).toContain("edited");
    expect(viewer.every(({ by }) => by === null)).toBe(true);
  });

  it("reads the log by what was done, whatever else its tenant did", async () => {
    const { results } = await env.DB.prepare(
      `EXPLAIN QUERY PLAN SELECT * FROM audit
       WHERE tenant = 'ten_x' AND target = 'inv_x' ORDER BY at_ms DESC, id DESC LIMIT 201`,
    ).all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join("; ");
    expect(plan).toBe("SEARCH audit USING INDEX audit_by_target (tenant=? AND target=?)");
  });
});
