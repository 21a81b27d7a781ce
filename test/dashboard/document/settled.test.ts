/** A proforma invoice made an invoice, and that paid within its cash discount, by a bookkeeper. */
import { expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

it("goes from a proforma invoice to an invoice that is paid within its cash discount", async () => {
  const { key } = await makeTenant();
  const browser = await signedIn(key);
  const made = async (path: string, body: object = {}) => {
    const answer = await call(key, "POST", path, body);
    expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 201])]);
    return answer.body;
  };
  const { id: customer_id } = await made("/api/customers", { name: "Acme Ltd" });
  const lines = [{ name: "Consulting", quantity: 2, unit_price: 50 }];
  const { id } = await made("/api/proforma-invoices", { customer_id, lines });
  await made(`/api/proforma-invoices/${id}/finalize`);

  const page = `/dashboard/proforma-invoices/${id}`;
  const converted = await browser.submit(page, `${page}/convert`, {});
  expect([converted.status, converted.text]).toEqual([303, ""]);
  const invoice = (converted.location ?? "").split("?")[0] ?? "";
  expect((await browser.get(invoice)).text).toContain(`href="${page}"`);

  const api = invoice.replace("/dashboard/", "/api/");
  const cash_discounts = [{ days: 10, percent: 2 }];
  expect((await call(key, "PATCH", api, { cash_discounts })).status).toBe(200);
  await made(`${api}/finalize`);
  const pay = { "/amount": "98", "/cash_discount": "on" };
  const paid = await browser.submit(invoice, `${invoice}/pay`, pay);
  expect([paid.status, paid.text]).toEqual([303, ""]);
  const settled = { status: "paid", paid: 98, credited: 2, amount_due: 0 };
  expect((await call(key, "GET", api)).body).toMatchObject(settled);

  const plain = await made("/api/invoices", { customer_id, lines });
  await made(`/api/invoices/${plain.id}/finalize`);
  const other = (await browser.get(`/dashboard/invoices/${plain.id}`)).text;
  expect(other).toContain("Record a payment");
  expect(other).not.toContain("cash_discount");
});
