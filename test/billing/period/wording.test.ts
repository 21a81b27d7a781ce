import { describe, expect, it } from "vitest";
import {
  type Detail,
  detailText,
  lineName,
  wordsFor,
} from "../../../src/billing/period/wording.ts";
import { LANGUAGES, labelsFor } from "../../../src/documents/language/registry.ts";
import { call } from "../../support/api.ts";
import { listed, moveTo, record, subscriber, takeBack } from "../../support/billing.ts";

const usage: Detail = {
  kind: "usage",
  used: "10000.5",
  included: "1000",
  tier: { number: 2, above: "1000", upTo: "20000" },
};
const read = (detail: Detail, ...words: Parameters<typeof wordsFor>) =>
  detailText(detail, wordsFor(...words))?.replace(/[\u00a0\u202f]/g, " ");

describe("a line's wording", () => {
  it("has its figures as the document's language and country write them", () => {
    expect(read(usage, "en", "US", "USD")).toBe("10,000.5 used, 1,000 included; tier 2, to 20,000");
    expect(read(usage, "de", "DE", "EUR")).toBe(
      "10.000,5 genutzt, 1.000 inklusive; Stufe 2, bis 20.000",
    );
    expect(read({ ...usage, included: null, tier: null }, "fr", "FR", "EUR")).toBe(
      "10 000,5 utilisés jusque-là",
    );
  });

  it("names the tier that has no end, a share of a fee, a minimum and changed counts", () => {
    const last = { ...usage, tier: { number: 3, above: "20000", upTo: null } };
    expect(read(last, "en", "IN", "INR")).toContain("tier 3, above 20,000");
    const fee = { kind: "fee", seats: 3, priceMinor: "4900", seconds: "1258200" } as const;
    expect(read({ ...fee, wholeSeconds: "2674800" }, "de", "DE", "EUR")).toBe(
      "3 × 49,00 € × 1.258.200 ÷ 2.674.800 s",
    );
    const minimum: Detail = { kind: "commitment", agreedMinor: "123456", usedMinor: "0" };
    expect(read(minimum, "en", "US", "USD")).toBe("$1,234.56 agreed, $0.00 used");
    const changed = [{ metric: "api_calls", was: "990", is: "1020" }];
    expect(read({ kind: "counts", changed }, "es", "ES", "EUR")).toBe(
      "Llamadas a la API 990 → 1020",
    );
    const own = [{ metric: "pages", name: "Pages read", was: "1", is: "2" }];
    expect(read({ kind: "counts", changed: own }, "es", "ES", "EUR")).toBe("Pages read 1 → 2");
    const earlier = [{ metric: "pages", was: "1", is: "2" }];
    expect(read({ kind: "counts", changed: earlier }, "es", "ES", "EUR")).toBe("pages 1 → 2");
  });

  it("is worded in every language, with the same figures", () => {
    const figures = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    const english = labelsFor("en").billing;
    for (const language of LANGUAGES) {
      const labels = labelsFor(language).billing;
      for (const [name, text] of Object.entries(english)) {
        const own = labels[name as keyof typeof labels];
        expect([language, name, figures(own)]).toEqual([language, name, figures(text)]);
      }
    }
  });

  it("distinguishes late usage from usage that was taken back", () => {
    const { billing } = labelsFor("en");
    const name = (quantity: string) =>
      lineName({ kind: "adjustment", name: "", quantity }, "FREE", billing);
    expect([name("1"), name("-1")]).toEqual([billing.late, billing.takenBack]);
  });
});

describe("a closing's document", () => {
  it("is in the customer's language, on an invoice and on a credit note", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 5 });
    const path = `/api/customers/cus_ten_operator_${tenant.tenantId}`;
    const german = { language: "de", address: { city: "Berlin", country: "DE" } };
    expect((await call(tenant.operator, "PATCH", path, german)).status).toBe(200);
    const { event_seq } = await record(tenant, 12_000);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [{ id }] = await listed(tenant, "/api/invoices");
    const { body } = await call(tenant.key, "GET", `/api/invoices/${id}`);
    expect(
      body.lines.map((line: { name: string; unit: string; detail: string }) => [
        line.name,
        line.unit,
        line.detail,
      ]),
    ).toEqual([
      ["Tarif FREE", null, null],
      ["API-Aufrufe", null, "12.000 genutzt, 1.000 inklusive"],
    ]);
    await takeBack(tenant, `seq_${event_seq}`);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [note] = await listed(tenant, "/api/credit-notes");
    const credit = await call(tenant.key, "GET", `/api/credit-notes/${note.id}`);
    expect(credit.body.lines).toMatchObject([
      { name: "Stornierte Nutzung", detail: "API-Aufrufe 12.000 → 0" },
    ]);
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(period.lines).toMatchObject([
      { name: "FREE plan" },
      { detail: "12,000 used, 1,000 included" },
    ]);
  });
});
