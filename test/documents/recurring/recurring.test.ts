/** An invoice repeats on its days, on a test clock as on real time, each once. */
import { describe, expect, it } from "vitest";
import { coveredBy, dayAt, occurrenceFrom } from "../../../src/documents/recurring/occurrence.ts";
import { call, makeTenant } from "../../support/api.ts";

type Invoice = { id: string; status: string; issue_date: string | null; total: number };

async function template(more: { email?: string } = {}) {
  const { key } = await makeTenant({ clock: "2026-01-31T09:00:00Z" });
  await call(key, "PUT", "/api/issuer", { legal_name: "A Ltd", currency: "EUR" });
  const customer = { name: "B", ...more };
  const { id: customer_id } = (await call(key, "POST", "/api/customers", customer)).body;
  const lines = [{ name: "Retainer", quantity: 1, unit_price: 500 }];
  const { id } = (await call(key, "POST", "/api/invoices", { customer_id, lines })).body;
  const repeat = async (body: object) =>
    (await call(key, "POST", "/api/recurring-invoices", { invoice_id: id, ...body })).body;
  const read = async (one: string) =>
    (await call(key, "GET", `/api/recurring-invoices/${one}`)).body;
  const made = async (): Promise<Invoice[]> => {
    const { body } = await call(key, "GET", "/api/invoices?limit=50");
    return body.data.filter((one: Invoice) => one.id !== id).toReversed();
  };
  const at = async (now: string) => {
    for (;;) {
      const { body } = await call(key, "POST", "/api/test-clock", { now: `${now}T12:00:00Z` });
      if (body.done !== false) return;
    }
  };
  return { key, id, repeat, read, made, at };
}

describe("a recurring invoice", () => {
  it("gets its number on each of its days, and says which days it is for", async () => {
    const { key, repeat, read, made, at } = await template();
    const first = { starts_on: "2026-01-31", covers: "interval_behind", ends_on: "2026-04-30" };
    const one = await repeat({ interval: "month", delivery: "finalize", ...first });
    await at("2026-06-01");
    const invoices = await made();
    expect(invoices.map(({ status, issue_date, total }) => [status, issue_date, total])).toEqual([
      ["overdue", "2026-01-31", 500],
      ["overdue", "2026-02-28", 500],
      ["overdue", "2026-03-31", 500],
      ["overdue", "2026-04-30", 500],
    ]);
    const last = (await call(key, "GET", `/api/invoices/${invoices[1]?.id}`)).body;
    expect(last.period).toEqual({ start: "2026-01-31", end: "2026-02-27" });
    expect(await read(one.id)).toMatchObject({
      made: 4,
      next_on: null,
      last_invoice_id: invoices[3]?.id,
      problem: null,
    });
  });

  it("waits as a draft, misses what comes while it is paused, and ends when deleted", async () => {
    const { key, repeat, read, made, at } = await template();
    const { id } = await repeat({ interval: "week", starts_on: "2026-02-02" });
    const path = `/api/recurring-invoices/${id}`;
    await at("2026-02-10");
    await call(key, "PATCH", path, { active: false });
    await at("2026-03-01");
    expect((await made()).map(({ status }) => status)).toEqual(["draft", "draft"]);
    expect((await call(key, "PATCH", path, { active: true })).body.next_on).toBe("2026-03-02");
    await at("2026-03-03");
    expect((await read(id)).made).toBe(3);
    expect((await call(key, "DELETE", path)).status).toBe(204);
    await at("2026-05-01");
    expect((await made()).length).toBe(3);
  });

  it("is sent to its customer, or says why it was not", async () => {
    const { key, repeat, at } = await template({ email: "b@b.test" });
    await repeat({ interval: "month", starts_on: "2026-02-01", delivery: "send" });
    await at("2026-02-02");
    const { body } = await call(key, "GET", "/api/emails");
    expect(body.data.map((one: { to: string[] }) => one.to)).toEqual([["b@b.test"]]);
    const other = await template();
    const row = await other.repeat({
      interval: "month",
      starts_on: "2026-02-01",
      delivery: "send",
    });
    await other.at("2026-02-02");
    const { problem, made } = await other.read(row.id);
    expect([made, problem]).toEqual([1, "B has no e-mail address: the invoice was not sent"]);
  });

  it("stays a draft where it may not be issued, with the reason", async () => {
    const { key, repeat, read, made, at } = await template();
    const { id } = await repeat({
      interval: "month",
      starts_on: "2026-02-01",
      delivery: "finalize",
    });
    const issuer = { legal_name: "A Ltd", currency: "EUR", tax_currency: "PLN" };
    await call(key, "PUT", "/api/issuer", issuer);
    await at("2026-02-02");
    expect((await made()).map(({ status }) => status)).toEqual(["draft"]);
    expect((await read(id)).problem).toContain("PLN");
  });

  it("is of an invoice of one's own, on days to come", async () => {
    const [one, other] = await Promise.all([template(), template()]);
    const refused = await other.repeat({ interval: "month", invoice_id: one.id });
    expect(refused.errors).toMatchObject([{ pointer: "/invoice_id" }]);
    const late = await one.repeat({ interval: "month", starts_on: "2026-01-30" });
    expect(late.errors).toMatchObject([{ pointer: "/starts_on" }]);
    const over = { starts_on: "2026-03-01", ends_on: "2026-02-28" };
    expect((await one.repeat({ interval: "month", ...over })).errors).toMatchObject([
      { pointer: "/ends_on" },
    ]);
  });
});

describe("the days of what repeats", () => {
  it("are counted from the first one, so that a month's last day comes back", () => {
    const days = [0, 1, 2, 3].map((n) => dayAt("2026-01-31", "month", n));
    expect(days).toEqual(["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
    expect(dayAt("2026-01-31", "quarter", -1)).toBe("2025-10-31");
    expect(occurrenceFrom({ startsOn: "2026-01-31", interval: "week" }, 0, "2026-02-08")).toBe(2);
  });

  it("name the interval ahead or the one behind", () => {
    const of = { startsOn: "2026-02-01", interval: "month" as const };
    expect(coveredBy({ ...of, covers: "interval_ahead" }, 0)).toEqual({
      start: "2026-02-01",
      end: "2026-02-28",
    });
    expect(coveredBy({ ...of, covers: "interval_behind" }, 0)).toEqual({
      start: "2026-01-01",
      end: "2026-01-31",
    });
    expect(coveredBy({ ...of, covers: null }, 0)).toBeNull();
  });

  it("is found by its customer, whoever that is by now", async () => {
    const { key, id, repeat } = await template();
    const one = await repeat({ interval: "month", starts_on: "2026-02-01" });
    const of = async (customer: string) =>
      (await call(key, "GET", `/api/recurring-invoices?customer_id=${customer}`)).body.data.map(
        (row: { id: string }) => row.id,
      );
    expect(await of(one.customer_id)).toEqual([one.id]);
    const other = (await call(key, "POST", "/api/customers", { name: "C" })).body;
    expect(await of(other.id)).toEqual([]);
    await call(key, "PATCH", `/api/invoices/${id}`, { customer_id: other.id });
    expect([await of(one.customer_id), await of(other.id)]).toEqual([[], [one.id]]);
    const stranger = await makeTenant();
    const path = `/api/recurring-invoices?customer_id=${other.id}`;
    expect((await call(stranger.key, "GET", path)).body.data).toEqual([]);
  });
});
