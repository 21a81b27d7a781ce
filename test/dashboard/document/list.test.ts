/** The list of invoices as a person works with it, without scripts. */
import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { type Browser, signedInOwner, tokenOn } from "../browser.ts";

let browser: Browser;
let key = "";
const ids: string[] = [];
let customer = "";

const BASE = "/dashboard/invoices";

beforeAll(async () => {
  ({ browser, key } = await signedInOwner());
  const made = await call(key, "POST", "/api/customers", { name: "Ada & Co", email: "a@l.test" });
  customer = made.body.id;
  for (const [i, unit_price] of [10, 2_000, 30, 4].entries()) {
    const lines = [{ name: "Work", quantity: 1, unit_price }];
    const body = { customer_id: customer, lines, currency: i === 2 ? "EUR" : "USD" };
    const { id } = (await call(key, "POST", "/api/invoices", body)).body;
    ids.push(id);
    if (i < 3) await call(key, "POST", `/api/invoices/${id}/finalize`);
  }
  await call(key, "POST", `/api/invoices/${ids[0]}/payments`, { amount: 10 });
});

/** The text of a page, without its marks. */
function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");
}

describe("a list of documents", () => {
  it("has tabs with counts, and says what they come to by currency", async () => {
    const { text } = await browser.get(BASE);
    expect(textOf(text)).toContain("All 4 Draft 1 Open 2 Overdue 0 Paid 1 Void 0");
    expect(textOf(text)).toMatch(/4 invoices · .*2,014\.00.* \+ .*30\.00 · .*2,000\.00.* due/);
    const open = textOf((await browser.get(`${BASE}?status=open`)).text);
    expect(open).toContain("2 invoices");
    expect(open).not.toContain("Draft Ada");
    expect(text).toContain(`href="/dashboard/customers/${customer}"`);
  });

  it("sorts by a column, keeps filters as chips in its address, and leads both ways", async () => {
    const address = `${BASE}?q=ada&customer_id=${customer}&sort=-total`;
    const { text } = await browser.get(address);
    expect(text).toContain('aria-sort="descending"');
    const order = ids.map((id) => text.indexOf(`${BASE}/${id}`));
    // USD after EUR, the larger amounts first.
    expect([1, 0, 3, 2].map((i) => order[i])).toEqual(order.toSorted((a, b) => a - b));
    expect(textOf(text)).toContain("Text ada × Customer Ada & Co × Clear all");
    expect(text).toContain(`href="${BASE}?customer_id=${customer}&amp;sort=-total"`);
    expect(text).toContain('<input type="hidden" name="sort" value="-total"');
    const { body } = await call(key, "GET", "/api/invoices?limit=2&sort=due");
    const second = await browser.get(`${BASE}?sort=due&cursor=${body.next_cursor}`);
    expect(second.text).toContain('rel="prev"');
    const back = /href="([^"]+)" rel="prev"/.exec(second.text)?.[1]?.replaceAll("&amp;", "&");
    const first = await browser.get(back ?? "");
    expect(first.text).toContain(body.data[0].id);
    expect(first.text).not.toContain('rel="prev"');
  });

  it("hands over what is filtered, or selected, as a file", async () => {
    const whole = await browser.get(`${BASE}/export?status=open&format=csv`);
    expect(whole.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(whole.text.trim().split("\r\n").length).toBe(3);
    const chosen = await browser.get(`${BASE}/export?act=export&ids=${ids[0]}&ids=${ids[3]}`);
    expect(chosen.text.trim().split("\r\n").length).toBe(3);
    const all = await browser.get(`${BASE}/export?all=yes&filter_status=open&ids=${ids[0]}`);
    expect(all.text.trim().split("\r\n").length).toBe(3);
    const pdfs = await browser.get(`${BASE}/pdfs?ids=${ids[1]}`);
    expect(pdfs.headers.get("content-type")).toBe("application/zip");
  });
});

describe("an act on many documents", () => {
  it("says in numbers what it will do, and does it", async () => {
    const choice = ids.map((id) => `ids=${id}`).join("&");
    const review = await browser.get(`${BASE}/bulk?act=void&${choice}`);
    const said = textOf(review.text);
    expect(said).toContain("Void 3 invoices");
    expect(said).toContain("2 get a credit note each, for all of their amount");
    expect(said).toContain("1 draft is discarded");
    expect(said).toContain("1 other stays as it is");
    const fields = {
      form_token: tokenOn(review.text),
      act: "void",
      filter_ids: ids.join(","),
    };
    const refused = await browser.post(`${BASE}/bulk`, fields);
    expect([refused.status, refused.text.includes("is required")]).toEqual([422, true]);
    const done = await browser.post(`${BASE}/bulk`, { ...fields, "/reason": "mistaken" });
    expect(textOf(done.text)).toContain("3 invoices voided");
    const asked = { accept: "application/json" };
    const again = await browser.post(`${BASE}/bulk`, { ...fields, "/reason": "x" }, asked);
    expect(JSON.parse(again.text)).toEqual({
      done: 0,
      skipped: 4,
      refused: [],
      next_cursor: null,
    });
    expect((await browser.get(`${BASE}/bulk?act=link&${choice}`)).status).toBe(404);
  });
});
