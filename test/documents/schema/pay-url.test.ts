import { describe, expect, it } from "vitest";
import { isPayTemplate, payUrl } from "../../../src/documents/schema/pay-url.ts";

const PAYABLE = { id: "inv_1", number: "R 26/1", currency: "KWD", dueMinor: 12_345n };

describe("a pay page's address", () => {
  it("says the invoice, what is open and in what, percent-encoded", () => {
    const template = "https://pay.example/{invoice_id}/{number}?a={amount}&m={amount_minor}";
    expect(payUrl(`${template}&c={currency}&again={invoice_id}`, PAYABLE)).toBe(
      "https://pay.example/inv_1/R%2026%2F1?a=12.345&m=12345&c=KWD&again=inv_1",
    );
  });

  it.each([
    "https://pay.example/{invoice_id}?amount={amount}",
    "https://pay.example/fixed",
    "HTTPS://pay.example:8443/#{number}",
  ])("may be %s", (template) => {
    expect(isPayTemplate(template)).toBe(true);
  });

  it.each([
    "http://pay.example/{invoice_id}",
    "javascript:alert(1)//{invoice_id}",
    "https://{number}.pay.example/",
    "https://user:secret@pay.example/",
    "https://pay.example/{customer}",
    "https://pay.example/{invoice_id",
    "https://pay.example/a b",
    "https:///{invoice_id}",
    "pay.example/{invoice_id}",
  ])("is not %s", (template) => {
    expect(isPayTemplate(template)).toBe(false);
  });
});
