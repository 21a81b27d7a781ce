/** Why a tax is zero, in the document's language and by the issuer's law. */
import { describe, expect, it } from "vitest";
import type { UntaxedCategory } from "../../../../src/documents/language/labels.ts";
import {
  LANGUAGES,
  type Language,
  labelsFor,
} from "../../../../src/documents/language/registry.ts";
import { exemptionReason } from "../../../../src/documents/render/wording/exemption.ts";
import { call } from "../../../support/api.ts";
import { final, LINE, makePair } from "../../api.ts";
import { saidIn } from "../../sheets/text.ts";

const reason = (
  language: Language,
  country: string | null,
  category: UntaxedCategory,
  exemption: { reason: string; code: string | null } | null = null,
) => exemptionReason({ category, exemption }, labelsFor(language), country);

/** What the laws of these countries have an invoice say of reverse charge. */
const REVERSE_CHARGE: [Language, string, string][] = [
  ["en", "IE", "Reverse charge"],
  ["en", "GB", "Reverse charge"],
  ["de", "DE", "Steuerschuldnerschaft des Leistungsempfängers"],
  ["de", "AT", "Übergang der Steuerschuld"],
  ["fr", "FR", "Autoliquidation"],
  ["fr", "BE", "Autoliquidation"],
  ["it", "IT", "Inversione contabile"],
  ["es", "ES", "Inversión del sujeto pasivo"],
  ["pt", "PT", "autoliquidação"],
  ["pl", "PL", "odwrotne obciążenie"],
  ["nl", "NL", "Btw verlegd"],
  ["nl", "BE", "Btw verlegd"],
  ["sv", "SE", "Omvänd betalningsskyldighet"],
];

describe("exemptionReason", () => {
  it.each(REVERSE_CHARGE)(
    "reverse charge in %s by an issuer in %s: %s",
    (language, country, law) => {
      expect(reason(language, country, "AE")).toContain(law);
    },
  );

  it.each(["Z", "E", "AE", "K", "G", "O"] as const)("words %s in each language", (category) => {
    const words = new Set(LANGUAGES.map((language) => reason(language, "DE", category)));
    expect(words.size).toBe(LANGUAGES.length);
  });

  it("says nothing of taxed categories, and what the document says where it does", () => {
    expect(exemptionReason({ category: "S", exemption: null }, labelsFor("de"), "DE")).toBeNull();
    const own = { reason: "Kleinunternehmer gemäß § 19 UStG", code: null };
    expect(reason("de", "DE", "E", own)).toBe(own.reason);
  });

  it("takes what an earlier version filled in for not given, and nothing else", () => {
    const earlier = { reason: "Reverse charge", code: "VATEX-EU-AE" };
    expect(reason("it", "IT", "AE", earlier)).toBe("Inversione contabile");
    expect(reason("it", "IT", "AE", { ...earlier, code: null })).toBe("Reverse charge");
    expect(reason("pl", "PL", "E", { reason: "Exempt from tax", code: null })).toBe(
      "Zwolnione z podatku",
    );
  });
});

it("page and e-invoice give the reason in the document's language; none is stored", async () => {
  const pair = await makePair();
  await call(pair.issuer.key, "PUT", "/api/issuer", {
    legal_name: "Müller GmbH",
    address: { city: "Köln", country: "DE" },
    vat_id: "DE123456788",
    bank: { iban: "DE89370400440532013000" },
    currency: "EUR",
  });
  await call(pair.issuer.key, "PATCH", `/api/customers/${pair.customerId}`, {
    language: "de",
    vat_id: "DE987654328",
    address: { city: "Überlingen", country: "DE" },
  });
  const lines = [{ ...LINE, tax: { category: "AE" } }];
  const { id } = await final(pair, "invoices", { lines });
  const get = async (path: string) => {
    const { bytes } = await call(pair.issuer.key, "GET", `/api/invoices/${id}${path}`);
    return new TextDecoder().decode(bytes);
  };
  const law = "Steuerschuldnerschaft des Leistungsempfängers";
  expect(saidIn(await get("/preview"))).toContain(law);
  expect(await get("/xml?format=cii")).toContain(`<ram:ExemptionReason>${law}<`);
  expect(JSON.parse(await get("")).lines[0].tax.exemption).toBeNull();
});
