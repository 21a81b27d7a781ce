/** A document's page as a bookkeeper works with it: one act first, and all others behind it. */
import { expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { type Browser, signedIn } from "../browser.ts";

type Api = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

async function desk(): Promise<{ browser: Browser; api: Api; customer: string }> {
  const { key } = await makeTenant();
  const browser = await signedIn(key);
  const api: Api = async (method, path, body) => (await call(key, method, path, body)).body;
  const { id } = await api("POST", "/api/customers", { name: "Acme Ltd", email: "a@acme.test" });
  return { browser, api, customer: String(id) };
}

const LINES = [
  { name: "Consulting", quantity: 8, unit_price: 100 },
  { name: "Travel", quantity: 1, unit_price: 50 },
];

it("credits a part, refunds, duplicates and repeats an invoice from its page", async () => {
  const { browser, api, customer } = await desk();
  const made = await api("POST", "/api/invoices", { customer_id: customer, lines: LINES });
  const page = `/dashboard/invoices/${made.id}`;
  expect((await browser.get(page)).text).toMatch(/primary[^>]*>Finalize</);
  await browser.submit(page, `${page}/finalize`);
  expect((await browser.get(page)).text).toMatch(/class="button primary"[^>]*>Send</);

  const part = { "/reason": "late", "/lines/1/amount": "120", "/lines/2/all": "yes" };
  const question = await browser.submit(page, `${page}/credit`, { ...part, confirmed: "" });
  expect(question.text).toContain("170.00 with its tax");
  const credited = await browser.submit(page, `${page}/credit`, part);
  expect(credited.location).toMatch(/^\/dashboard\/credit-notes\/crn_/);
  const wrong = await browser.submit(page, `${page}/credit`, { ...part, "/lines/2/all": "yes" });
  expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("nothing left")]);

  await browser.submit(page, `${page}/pay`, { "/amount": "680" });
  await browser.submit(page, `${page}/refund`, { "/amount": "80", "/method": "card" });
  const invoice = await api("GET", `/api/invoices/${made.id}`);
  expect(invoice).toMatchObject({ paid: 600, credited: 170, amount_due: 80, status: "open" });
  const { text } = await browser.get(page);
  const whats = ["Refunded", "Payment received", "Credited", "Issued", "Drafted"];
  const places = whats.map((what) => text.indexOf(`<strong>${what}</strong>`));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);

  const copy = await browser.submit(page, `${page}/duplicate`);
  expect(copy.location).toMatch(/^\/dashboard\/invoices\/inv_\w+\?done=duplicated$/);
  const often = { "/interval": "quarter", "/delivery": "send", "/covers": "interval_ahead" };
  const repeated = await browser.submit(page, `${page}/repeat`, often);
  expect(repeated.location).toBe("/dashboard/recurring-invoices?done=repeats");
  const list = (await browser.get("/dashboard/recurring-invoices")).text;
  expect(list).toContain("Every quarter");
  const account = (await browser.get(`/dashboard/customers/${customer}`)).text;
  const link = /recurring-invoices\?customer_id=\w+#(rec_\w+)">Every quarter</.exec(account);
  expect(list).toContain(`<tr id="${link?.[1]}">`);
  expect(account).toContain("Pause or end them");
  const pause = /action="([^"]+)\/pause"/.exec(list)?.[1] ?? "";
  await browser.submit("/dashboard/recurring-invoices", `${pause}/pause`);
  expect((await browser.get("/dashboard/recurring-invoices")).text).toContain(">paused<");
  await browser.submit("/dashboard/recurring-invoices", `${pause}/delete`);
  expect((await browser.get("/dashboard/recurring-invoices")).text).toContain("No invoice repeats");
});

it("adds a customer with a draft, and has its paid deposits to choose from", async () => {
  const { browser, api, customer } = await desk();
  const line = { "/lines/0/name": "Work", "/lines/0/quantity": "1", "/lines/0/unit_price": "500" };
  const form = {
    ...line,
    "/new_customer/name": "Beta GmbH",
    "/new_customer/address/country": "DE",
  };
  const made = await browser.submit("/dashboard/quotes/new", "/dashboard/quotes", form);
  const quote = await api(
    "GET",
    (made.location ?? "").replace("/dashboard", "/api").split("?")[0] ?? "",
  );
  expect(quote).toMatchObject({ customer_name: "Beta GmbH", total: 500 });

  const deposit = { customer_id: customer, lines: LINES, purpose: "deposit" };
  const { id } = await api("POST", "/api/invoices", deposit);
  const final = await api("POST", `/api/invoices/${id}/finalize`);
  await api("POST", `/api/invoices/${id}/payments`, { amount: 850 });
  const draft = `/dashboard/invoices/new?customer_id=${customer}`;
  expect((await browser.get(draft)).text).toContain(`${final.number} of`);
  const whole = { ...line, "/lines/0/unit_price": "2000", "/customer_id": customer };
  const saved = await browser.submit(draft, "/dashboard/invoices", {
    ...whole,
    "/deposits": String(id),
  });
  const invoice = (saved.location ?? "").split("?")[0] ?? "";
  const { deposits } = await api("GET", invoice.replace("/dashboard", "/api"));
  expect(deposits).toMatchObject([{ invoice_id: id }]);
  expect((await browser.get(`${invoice}/edit`)).text).toMatch(
    new RegExp(`value="${id}"[^>]* checked`),
  );
});

it("keeps a catalogue of items, and offers them to lines", async () => {
  const { browser, api } = await desk();
  const item = {
    "/name": "Training",
    "/unit_price": "1450.5",
    "/tax/percent": "19",
    "/unit": "day",
  };
  await browser.submit("/dashboard/items/new", "/dashboard/items", item);
  const { data } = (await api("GET", "/api/items")) as { data: Record<string, unknown>[] };
  expect(data).toMatchObject([{ name: "Training", unit_price: 1450.5, tax: { percent: 19 } }]);
  const offered = JSON.parse((await browser.get("/dashboard/items/offered?q=TRAI")).text);
  expect(offered.data).toMatchObject([
    { name: "Training", fields: { "/unit_price": "1450.5", "/tax/percent": "19", "/unit": "day" } },
  ]);
  const page = `/dashboard/items/${data[0]?.id}`;
  await browser.submit(page, page, { ...item, "/unit_price": "1500" });
  expect((await browser.get("/dashboard/items")).text).toContain("1,500");
  await browser.submit(page, `${page}/delete`);
  expect((await browser.get("/dashboard/items")).text).toContain("No items yet");
});

it("shows what a customer owes, and prints its statement", async () => {
  const { browser, api, customer } = await desk();
  const { id } = await api("POST", "/api/invoices", { customer_id: customer, lines: LINES });
  await api("POST", `/api/invoices/${id}/finalize`);
  await api("POST", `/api/invoices/${id}/payments`, { amount: 50 });
  const { text } = await browser.get(`/dashboard/customers/${customer}`);
  expect(text).toMatch(/Owed<\/dt><dd>[^<]*800\.00/);
  expect(text).toContain(`href="/dashboard/invoices/${id}"`);
  const pdf = await browser.get(`/dashboard/customers/${customer}/statement.pdf?from=&to=`);
  expect([pdf.status, pdf.text.slice(0, 5)]).toEqual([200, "%PDF-"]);
});
