/** What taxes and the numbers of a business are called, by country and language. */
import { describe, expect, it } from "vitest";
import { LANGUAGES, type Language } from "../../../../src/documents/language/registry.ts";
import type { Party } from "../../../../src/documents/model/model.ts";
import { partyNamed } from "../../../../src/documents/model/party.ts";
import {
  partyBlocks,
  totalRows,
  wordsOf,
} from "../../../../src/documents/render/wording/wording.ts";
import { sampleInvoice } from "../pdf/sample.ts";

const from = (country: string, more: Partial<Party> = {}): Party => {
  const party = partyNamed("Seller");
  return { ...party, address: { ...party.address, country }, ...more };
};

const TAXES: [Language, string, string][] = [
  ["de", "DE", "USt."],
  ["de", "AT", "USt."],
  ["de", "CH", "MWST"],
  ["fr", "FR", "TVA"],
  ["fr", "CH", "TVA"],
  ["fr", "CA", "TPS/TVH"],
  ["en", "IE", "VAT"],
  ["en", "US", "Sales tax"],
  ["en", "CA", "GST/HST"],
  ["en", "IN", "GST"],
  ["de", "AU", "GST"],
  ["es", "ES", "IVA"],
  ["pt", "PT", "IVA"],
  ["it", "IT", "IVA"],
  ["nl", "BE", "Btw"],
  ["pl", "PL", "VAT"],
  ["sv", "SE", "Moms"],
  ["ja", "JP", "消費税"],
  ["ja", "DE", "付加価値税"],
  ["en", "JP", "Consumption tax"],
  ["zh", "CN", "增值税"],
  ["zh", "TW", "营业税"],
  ["ko", "KR", "부가세"],
];

describe("the tax", () => {
  it.each(TAXES)("in %s by an issuer in %s is %s", (language, country, name) => {
    const words = wordsOf(sampleInvoice({ language, seller: from(country) }));
    expect(words.labels.taxName).toBe(name);
    const row = totalRows(words).find(({ label }) => label.includes("19"));
    expect(row?.label).toContain(name);
  });

  it("keeps the name that the document gives it", () => {
    const model = sampleInvoice({ seller: from("US") });
    const taxes = model.totals.taxes.map((tax) => ({ ...tax, name: "State tax" }));
    const rows = totalRows(wordsOf({ ...model, totals: { ...model.totals, taxes } }));
    expect(rows.some(({ label }) => label.startsWith("State tax 19%"))).toBe(true);
  });
});

const IDS: [Language, string, Partial<Party>, string][] = [
  ["de", "DE", { vatId: "DE123456788" }, "USt-IdNr. DE123456788"],
  ["de", "AT", { vatId: "ATU12345678" }, "UID-Nr. ATU12345678"],
  ["de", "CH", { vatId: "CHE-123.456.788 MWST" }, "MWST-Nr. CHE-123.456.788 MWST"],
  ["fr", "FR", { vatId: "FR83404833048" }, "N° TVA FR83404833048"],
  ["it", "IT", { vatId: "IT12345670017" }, "P. IVA IT12345670017"],
  ["es", "ES", { taxNumber: "B12345674" }, "NIF B12345674"],
  ["en", "ES", { taxNumber: "B12345674" }, "NIF B12345674"],
  ["en", "IN", { taxNumber: "29AAGCB7383J1Z4" }, "GSTIN 29AAGCB7383J1Z4"],
  ["en", "AU", { taxNumber: "51 824 753 556" }, "ABN 51 824 753 556"],
  ["en", "GB", { vatId: "GB999999973" }, "VAT no. GB999999973"],
  ["en", "DE", { vatId: "DE123456788" }, "VAT ID DE123456788"],
  ["ja", "JP", { taxNumber: "T1234567890123" }, "登録番号 T1234567890123"],
  ["de", "DE", { legalId: { scheme: null, value: "HRB 12345" } }, "Handelsregister HRB 12345"],
  ["en", "FR", { legalId: { scheme: null, value: "404 833 048" } }, "SIREN 404 833 048"],
  ["en", "FR", { legalId: { scheme: null, value: "40483304800022" } }, "SIRET 40483304800022"],
  ["nl", "NL", { legalId: { scheme: null, value: "12345678" } }, "KvK-nummer 12345678"],
  ["en", "GB", { legalId: { scheme: null, value: "01234567" } }, "Company no. 01234567"],
  ["sv", "SE", { legalId: { scheme: null, value: "556703-7485" } }, "Org.nr 556703-7485"],
];

describe("a number of a business", () => {
  it.each(IDS)("in %s of one in %s", (language, country, given, line) => {
    const words = wordsOf(sampleInvoice({ language, seller: from(country, given) }));
    expect(partyBlocks(words)[0]?.rest).toContain(line);
  });

  it.each(LANGUAGES)("has a word in %s where its country has none of its own", (language) => {
    const given = { vatId: "XX1", taxNumber: "2", legalId: { scheme: null, value: "3" } };
    const words = wordsOf(sampleInvoice({ language, seller: from("XK", given) }));
    const { vatId, taxNumber, companyNumber } = words.labels;
    expect(partyBlocks(words)[0]?.rest.slice(-3)).toEqual([
      `${vatId} XX1`,
      `${taxNumber} 2`,
      `${companyNumber} 3`,
    ]);
  });
});
