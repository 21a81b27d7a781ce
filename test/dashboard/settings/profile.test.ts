import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { fieldsOn, signedIn } from "../browser.ts";
import { WHOLE_PARTY } from "../party.ts";

describe("the profile", () => {
  it("has a field for all that the API takes, and keeps it when saved again", async () => {
    const { key } = await makeTenant();
    const given = {
      ...WHOLE_PARTY,
      legal_name: "X Ltd",
      time_zone: "Europe/Berlin",
      currency: "EUR",
      bank: {
        holder: "X",
        iban: "DE89370400440532013000",
        bic: "COBADEFFXXX",
        name: "Bank",

        upi: "xltd@bank",
        account: [{ label: "Sort code", value: "12-34-56" }],
      },

      language: "de",
      page_size: "letter",
      legal_information: "HRB 12345\nDirector: A. B.",
      payee: {
        name: "Factor",
        id: { scheme: "0088", value: "4012345000023" },
        legal_id: { scheme: null, value: "HRB 777" },
      },
      tax_representative: {
        name: "Rep",
        vat_id: "NL001234567B01",
        address: { street: "Damrak", house_number: "1", lines: [], country: "NL" },
      },
      payment_terms_days: 21,
      tax_currency: "EUR",
      number_formats: { invoice: "R-{YYYY}-{####}", quote: "A-{YYYY}-{###}" },

      reminder_days: [-3, 7],
      pay_url: "https://pay.example/{invoice_id}",
      rounding: { CHF: 0.05, SEK: 1 },
      e_invoice_formats: { DE: "xrechnung-ubl", "*": "peppol" },
      strict: true,
    };
    expect((await call(key, "PUT", "/api/issuer", given)).status).toBe(200);
    const before = (await call(key, "GET", "/api/issuer")).body;
    expect(before).toMatchObject(given);
    const browser = await signedIn(key);
    const path = "/dashboard/settings/profile";
    const fields = fieldsOn((await browser.get(path)).text);
    const saved = await browser.post(path, fields);
    expect([saved.status, saved.text]).toEqual([303, ""]);
    expect((await call(key, "GET", "/api/issuer")).body).toEqual(before);
    const none = Object.keys(fields).filter((name) => /^.(bank|legal_id|electronic)/.test(name));
    const emptied = Object.fromEntries(none.map((name) => [name, ""]));
    expect((await browser.post(path, { ...fields, ...emptied })).status).toBe(303);
    const after = (await call(key, "GET", "/api/issuer")).body;
    const gone = { bank: null, legal_id: null, electronic_address: null };
    expect(after).toEqual({ ...before, ...gone });
  });

  it("says to a viewer who may change it, and suggests zones and currencies by name", async () => {
    const { tenantId } = await makeTenant();
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    const { text } = await viewer.get("/dashboard/settings/profile");
    expect(text).toContain("Only an owner or an admin can change the profile. Ask one of them.");
    expect(text).toContain('<option value="Europe/Berlin">Berlin</option>');
    expect(text).toContain(">CHF, Swiss Franc</option>");
  });
});
