/** What lists of more documents than are counted say of their number: never a wrong one. */
import { beforeAll, describe, expect, it } from "vitest";
import { draft, final, makePair, type Pair } from "../../documents/api.ts";
import { copyDocument } from "../../documents/copies.ts";
import { call, type TestTenant } from "../../support/api.ts";
import { Browser } from "../browser.ts";

const BASE = "/dashboard/invoices";
const DAYS = "issued_from=2000-01-01";

let pair: Pair;
let browser: Browser;

beforeAll(async () => {
  pair = await makePair();
  const { id } = await final(pair, "invoices", { due_date: "2026-12-31" });
  await draft(pair);
  await copyDocument(id, 1_010, { status: "'paid'", paid_minor: "total_minor" });
  await copyDocument(id, 700, { due_date: "'2026-11-25'" });
  await copyDocument(id, 299, {});
  await copyDocument(id, 2, { status: "'void'" });
  await copyDocument(id, 3, { status: "'void'", issue_date: "'1999-12-31'" });
  await call(pair.issuer.key, "POST", "/api/test-clock", { now: "2026-11-27T12:00:00Z" });
  browser = new Browser();
  await browser.signIn(pair.issuer.key);
});

/** The text of a page, without its marks. */
async function textOf(path: string): Promise<string> {
  const { text } = await browser.get(path);
  return text.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
}

async function countsOf(tenant: TestTenant, query: string) {
  const path = `/api/document-counts?kind=invoice&${query}`;
  const { status, body } = await call(tenant.key, "GET", path);
  expect(status, JSON.stringify(body)).toBe(200);
  const of = body.by_status.map((one: Record<string, unknown>) => {
    return `${one.role} ${one.status} ${one.count}${one.more ? "+" : ""}`;
  });
  return { complete: body.complete, data: body.data, of: of.sort() };
}

describe("a list by days, of more than are counted", () => {
  it("counts each status by itself", async () => {
    const { text } = await browser.get(`${BASE}?status=void&${DAYS}`);
    expect(text).toContain("<strong>2</strong> invoices");
    const said = await textOf(`${BASE}?status=paid&${DAYS}`);
    expect(said).toContain("All 2,002+ Draft 0 Open 300 Overdue 700 Paid 1,000+ Void 2");
    expect(said).toContain("1,000+ invoices");
    // No sum of those that happened to be counted.
    expect(said).not.toMatch(/1,000\+ invoices ·/);
    const older = await textOf(`${BASE}?issued_to=1999-12-31`);
    expect(older).toContain("All 3 Draft 0 Open 0 Overdue 0 Paid 0 Void 3");
    expect(older).toMatch(/3 invoices · .*903\.00/);
  });

  it("is counted so by the API, for who issued them and for who received them", async () => {
    const numbers = (role: string) =>
      ["open 300", "overdue 700", "paid 1000+", "void 2"].map((one) => `${role} ${one}`);
    const issued = await countsOf(pair.issuer, DAYS);
    expect(issued).toMatchObject({ complete: false, of: numbers("issuer") });
    const received = await countsOf(pair.recipient, DAYS);
    expect(received.complete).toBe(false);
    expect(received.of.length).toBeGreaterThan(2);
    expect(received.of).toEqual(
      expect.arrayContaining(["recipient paid 1000+", "recipient void 2"]),
    );
    const one = await countsOf(pair.issuer, `${DAYS}&status=overdue`);
    expect(one).toMatchObject({ complete: true, of: ["issuer overdue 700"] });
    expect(one.data).toMatchObject([{ documents: 700, status: "overdue" }]);
    const all = await countsOf(pair.issuer, "");
    expect(all.of).toEqual([
      "issuer draft 1",
      "issuer open 300",
      "issuer overdue 700",
      "issuer paid 1010",
      "issuer void 5",
    ]);
  });

  it("says which of those to be paid are overdue only where it looked at all of them", async () => {
    const { id } = (await call(pair.issuer.key, "GET", "/api/invoices?status=open&limit=1")).body
      .data[0];
    await copyDocument(id, 2, { due_date: "'2026-11-25'", issue_date: "'2026-11-24'" });
    const { of } = await countsOf(pair.issuer, DAYS);
    const [open, overdue] = of as [string, string];
    expect([open, overdue]).toEqual([
      expect.stringMatching(/^issuer open \d+\+$/),
      expect.stringMatching(/^issuer overdue \d+\+$/),
    ]);
    const numberIn = (text: string) => Number(/\d+/.exec(text)?.[0]);
    expect(numberIn(open) + numberIn(overdue)).toBe(1_000);
    expect([numberIn(open) <= 300, numberIn(overdue) <= 702]).toEqual([true, true]);
  });
});

describe("a list by days, in each order", () => {
  it("is the same however many documents the days have", async () => {
    const at = async (query: string) => {
      const { body } = await call(pair.issuer.key, "GET", `/api/invoices?${query}&limit=200`);
      return body.data.map(({ id }: { id: string }) => id);
    };
    for (const sort of ["created", "-due", "total"]) {
      const void2000 = await at(`status=void&sort=${sort}&${DAYS}`);
      expect(void2000.length).toBe(2);
      // More than are sorted: the order is walked.
      const paid = await at(`status=paid&sort=${sort}`);
      expect(await at(`status=paid&sort=${sort}&${DAYS}`)).toEqual(paid);
      expect(await at(`status=paid&sort=${sort}&issued_to=1999-12-31`)).toEqual([]);
      const old = await at(`status=void&sort=${sort}&issued_to=1999-12-31`);
      expect([old.length, old.some((id: string) => void2000.includes(id))]).toEqual([3, false]);
    }
  });
});

describe("a list that something else narrows, of more than are counted", () => {
  it("says no number that it does not know", async () => {
    const said = await textOf(`${BASE}?customer_id=${pair.customerId}`);
    expect(said).toMatch(/All 1,000\+ Draft(?: \d+\+)? Open(?: \d+\+)? Overdue(?: \d+\+)? /);
    expect(said).toContain("1,000+ invoices");
    const statuses = ["draft", "open", "overdue", "paid", "void"];
    const { of } = await countsOf(pair.issuer, `customer_id=${pair.customerId}&role=issuer`);
    expect(of.map((one: string) => one.split(" ")[1])).toEqual(statuses);
    expect(of.every((one: string) => one.endsWith("+"))).toBe(true);
    const sum = of.reduce((total: number, one: string) => total + Number(/\d+/.exec(one)?.[0]), 0);
    expect(sum).toBe(1_000);
  });

  it("counts at least the page that it shows", async () => {
    const { text } = await browser.get(`${BASE}?status=void&customer_id=${pair.customerId}`);
    expect(text).toContain("<strong>5</strong> invoices");
    const said = await textOf(`${BASE}?status=open&customer_id=${pair.customerId}`);
    const shown = /([\d,]+)\+ invoices/.exec(said)?.[1]?.replace(",", "");
    expect(Number(shown)).toBeGreaterThanOrEqual(50);
  });
});

describe("an act on all of a list, of more than are counted", () => {
  it("never says that there is nothing to do where there may be something", async () => {
    const all = `all=yes&filter_customer_id=${pair.customerId}`;
    const said = await textOf(`${BASE}/bulk?act=finalize&${all}`);
    expect(said).not.toContain("nothing to do");
    expect(said).toMatch(/Finalize (1 or more )?invoices/);
    expect(said).not.toContain("in all");
  });

  it("says what is exact as it is, and what is a bound as one", async () => {
    const voiding = await textOf(`${BASE}/bulk?act=void&all=yes&filter_issued_from=2000-01-01`);
    expect(voiding).toContain("1,002 or more others stay as they are");
    const sending = await textOf(`${BASE}/bulk?act=send&all=yes&filter_issued_from=2000-01-01`);
    expect(sending).toMatch(/Send 2,000 or more invoices/);
    expect(sending).toContain("2 others stay as they are");
    expect(sending).not.toContain("in all");
  });
});
