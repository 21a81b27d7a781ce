/** Codes in forms: the lists that are offered, and codes of an earlier version. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { isTimeZone } from "../../../src/core/period.ts";
import { SUGGESTIONS } from "../../../src/dashboard/form/code-options.ts";
import { countryNames } from "../../../src/documents/code/country-name.ts";
import { isAddressScheme } from "../../../src/documents/code/eas.ts";
import { isIcdScheme } from "../../../src/documents/code/icd.ts";
import { itemListOf } from "../../../src/documents/code/item-list.ts";
import {
  namedSchemes,
  schemeName,
  wordedSchemes,
} from "../../../src/documents/code/scheme-name.ts";
import { isUnitCode } from "../../../src/documents/code/unit.ts";
import { isVatexCode } from "../../../src/documents/code/vatex.ts";
import { call, makeTenant } from "../../support/api.ts";
import { fieldsOn, signedIn } from "../browser.ts";

describe("what forms suggest", () => {
  it("is taken by the API", () => {
    const holds = {
      zones: isTimeZone,
      countries: (code: string) => countryNames().some((one) => one.code === code),
      units: isUnitCode,
      addresses: isAddressScheme,
      registers: isIcdScheme,
      exemptions: isVatexCode,
      classifications: (code: string) => itemListOf(code) !== null,
    };
    for (const [name, list] of Object.entries(SUGGESTIONS)) {
      const codes = list().map(({ value }) => value);
      expect([name, codes.filter((code) => !holds[name as keyof typeof holds](code))]).toEqual([
        name,
        [],
      ]);
      expect(new Set(codes).size).toBe(codes.length);
    }
    expect(wordedSchemes().filter((code) => !namedSchemes().includes(code))).toEqual([]);
    const other = (code: string) => !isAddressScheme(code) && !isIcdScheme(code);
    expect(namedSchemes().filter(other)).toEqual([]);
    expect(["0088", "9930", "9957", "EM"].map(schemeName)).toEqual([
      "GLN (GS1)",
      "VAT id, Germany",
      "VAT id, France",
      "E-mail address; not for Peppol",
    ]);
  });
});

describe("the forms of parties and documents", () => {
  it("offer countries by name, and codes with what they mean", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    for (const path of ["/dashboard/customers/new", "/dashboard/settings/profile"]) {
      const { text } = await browser.get(path);
      expect(text).toContain('<option value="DE">Germany</option>');
      expect(text).toContain('<option value="1A">Kosovo</option>');
      expect(text).toContain('<option value="9930">VAT id, Germany</option>');
      expect(text.match(/<datalist id="list-addresses">/g)).toHaveLength(1);
      expect(text.match(/list="list-addresses"/g)).toHaveLength(1);
    }
    const { text } = await browser.get("/dashboard/invoices/new");
    expect(text).toContain('<option value="H87">piece</option>');
    expect(text.match(/<datalist id="list-units">/g)).toHaveLength(1);
    expect(text.match(/list="list-units"/g)).toHaveLength(3);
  });

  it("keep a code that an earlier version took, and change what stands beside it", async () => {
    const { key, tenantId } = await makeTenant();
    const { body } = await call(key, "POST", "/api/customers", { name: "A" });
    const party = "json_set(party, '$.address.country', 'ZZ', '$.electronicAddress', json(?))";
    await env.DB.prepare(`UPDATE customers SET party = ${party} WHERE tenant = ? AND id = ?`)
      .bind(JSON.stringify({ scheme: "9999", value: "1" }), tenantId, body.id)
      .run();
    const browser = await signedIn(key);
    const path = `/dashboard/customers/${body.id}`;
    const { text } = await browser.get(`${path}/edit`);
    expect(text).toContain('<option value="ZZ" selected');
    const fields = fieldsOn(text);
    const saved = await browser.post(path, { ...fields, "/phone": "123" });
    expect([saved.status, saved.text]).toEqual([303, ""]);
    const now = (await call(key, "GET", `/api/customers/${body.id}`)).body;
    expect(now).toMatchObject({
      phone: "123",
      address: { country: "ZZ" },
      electronic_address: { scheme: "9999", value: "1" },
    });
    const wrong = await browser.post(path, { ...fields, "/electronic_address/value": "2" });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringMatching(/such as 0088 \(GLN\)/),
    ]);
  });
});
