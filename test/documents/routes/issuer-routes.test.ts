import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const PROFILE = {
  legal_name: "Muster GmbH",
  address: { lines: ["Hauptstr. 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  vat_id: "DE 123456789",
  email: "billing@muster.example",
  bank: { iban: "DE89 3704 0044 0532 0130 00", bic: "COBADEFFXXX" },
  time_zone: "Europe/Berlin",
  currency: "EUR",
  language: "de",
  tax: { category: "S", percent: 19 },
  number_formats: { invoice: "R{YY}-{####}" },
  reminder_days: [7, -3, 7],
  pay_url: "https://pay.example/{invoice_id}",
};

const pointers = (answer: Awaited<ReturnType<typeof call>>) =>
  answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);

describe("/api/issuer", () => {
  it("answers defaults with the tenant's name until it is set", async () => {
    const { key } = await makeTenant({ name: "Plain Ltd" });
    const { status, body } = await call(key, "GET", "/api/issuer");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      legal_name: "Plain Ltd",
      time_zone: "UTC",
      currency: "USD",
      payment_terms_days: 14,
      reminder_days: [],
      pay_url: null,
      number_formats: { invoice: "INV-{YYYY}-{###}", quote: "QUO-{YYYY}-{###}" },
    });
  });

  it("keeps what is put, with identifiers compacted", async () => {
    const { key } = await makeTenant();
    expect((await call(key, "PUT", "/api/issuer", PROFILE)).status).toBe(200);
    const { body } = await call(key, "GET", "/api/issuer");
    expect(body).toMatchObject({
      legal_name: "Muster GmbH",
      vat_id: "DE123456789",
      bank: { iban: "DE89370400440532013000", bic: "COBADEFFXXX", holder: null },
      tax: { category: "S", percent: 19, components: [] },
      number_formats: { invoice: "R{YY}-{####}", quote: "QUO-{YYYY}-{###}" },
      reminder_days: [-3, 7],
      pay_url: "https://pay.example/{invoice_id}",
    });
    const audit = await call(key, "GET", "/api/audit?action=issuer.put");
    expect(audit.body.data).toHaveLength(1);
  });

  it.each([
    ["/vat_id", { vat_id: "DE12345678" }],
    ["/vat_id", { vat_id: "123456789" }],
    ["/bank/iban", { bank: { iban: "DE89370400440532013001" } }],
    ["/bank/bic", { bank: { bic: "COBA" } }],
    ["/time_zone", { time_zone: "Mars/Olympus" }],
    ["/currency", { currency: "EURO" }],
    ["/language", { language: "xx" }],
    ["/page_size", { page_size: "a5" }],
    ["/number_formats/invoice", { number_formats: { invoice: "INV-{###}" } }],
    ["/tax/percent", { tax: { category: "S" } }],
    ["/tax/percent", { tax: { category: "AE", percent: 19 } }],
    ["/tax/percent", { tax: { category: "S", percent: 101 } }],
    [
      "/tax/components",
      { tax: { category: "S", percent: 18, components: [{ name: "CGST", percent: 9 }] } },
    ],
    ["/address/country", { address: { country: "Germany" } }],
    ["/reminder_days/0", { reminder_days: [1.5] }],
    ["/reminder_days/1", { reminder_days: [1, 366] }],
    ["/pay_url", { pay_url: "http://pay.example/{invoice_id}" }],
    ["/legal_name", { legal_name: "a\u0000b" }],
    ["/colour", { colour: "red" }],
  ])("refuses a wrong %s and stores nothing", async (pointer, wrong) => {
    const { key } = await makeTenant({ name: "Before" });
    const answer = await call(key, "PUT", "/api/issuer", { ...PROFILE, ...wrong });
    expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
    expect((await call(key, "GET", "/api/issuer")).body.legal_name).toBe("Before");
  });

  it("is changed by owners and admins only", async () => {
    const { key } = await makeTenant({ role: "member" });
    expect((await call(key, "PUT", "/api/issuer", PROFILE)).status).toBe(403);
  });
});
