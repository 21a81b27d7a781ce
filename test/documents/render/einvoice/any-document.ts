/** Any document, whole or lacking something, as callers send it: for properties. Pure. */
import fc from "fast-check";
import type { LineInput, TaxInput } from "../../../../src/documents/schema/schema.ts";
import { type Given, lineOf, SELLER } from "./documents.ts";
import { DOMESTIC } from "./mutants-national.ts";

/** A value that is given or left out. */
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });
/** Given but for once in ten times. */
const mostly = <T>(value: T) => fc.option(fc.constant(value), { nil: null, freq: 10 });

const RATES = ["25", "19", "7", "5.5", "8.1", "12", "6"];
const tax: fc.Arbitrary<TaxInput> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(...RATES).map((percent) => ({ category: "S" as const, percent })),
  },
  fc.constantFrom<TaxInput>(
    { category: "Z" },
    { category: "E", exemption: { reason: "Art. 132", code: "VATEX-EU-132" } },
    { category: "E" },
    { category: "AE" },
    { category: "K" },
    { category: "G" },
    { category: "O" },
    { category: "L", percent: "7" },
    { category: "M", percent: "4" },
  ),
);

const decimal = (max: number, places: number) =>
  fc
    .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max: places }))
    .map(([digits, point]) =>
      `${digits}`
        .padStart(point + 1, "0")
        .replace(new RegExp(`(?=\\d{${point}}$)`), point ? "." : ""),
    );

const adjustments = fc.array(
  fc.record({
    kind: fc.constantFrom("discount" as const, "charge" as const),
    reason: fc.constantFrom("Treue", "Fracht & <Zoll>"),
    percent: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 2 },
);
const period = fc.constantFrom(
  { start: "2026-10-01", end: "2026-10-31" },
  { start: "2026-11-01", end: "2026-11-20" },
);
const words = fc.constantFrom("Beratung", "A & B <c>", "サポート", "x\ny", "Größe „12“");

const line = (taxes: TaxInput[]): fc.Arbitrary<LineInput> =>
  fc
    .record(
      {
        name: fc.constantFrom("Beratung", "API calls", "A & B <c>"),
        description: words,
        base_quantity: fc.constantFrom("1000", "10"),
        order_line: fc.constant("7"),
        note: words,
        quantity: fc.oneof(decimal(9_999, 3), fc.constant("-1")),
        unit_price: decimal(99_999, 4),
        unit_code: fc.constantFrom("HUR", "C62", "KGM", "MON"),
        period,
        adjustments,
        tax: fc.constantFrom(...taxes),
      },
      { requiredKeys: ["quantity", "unit_price", "tax"] },
    )
    .map((given) => lineOf(given as Partial<LineInput>));

const ABROAD: Given["customer"] = {
  name: "Käufer SARL",
  vat_id: "FR83404833048",
  address: { lines: ["Rue 1"], city: "Paris", postal_code: "75001", country: "FR" },
  electronic_address: { scheme: "9957", value: "FR83404833048" },
};

const parties = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constant({ customer: ABROAD }) },
  fc.constantFrom(...Object.values(DOMESTIC)).map(({ issuer, customer }) => ({ issuer, customer })),
);

const lacking = fc.record({
  contact: mostly("Ada Muster"),
  phone: mostly("+49 30 1234567"),
  bank: mostly({ iban: "DE89370400440532013000" }),
  city: mostly("Berlin"),
  others: fc.record(
    {
      payee: fc.constantFrom(
        { name: "Factoring AG" },
        { name: SELLER.legal_name },
        { name: "B", legal_id: { value: "HRB 1234" } },
      ),
      tax_representative: fc.constant({
        name: "Vertretung GmbH",
        vat_id: "ATU12345678",
        address: { city: "Wien", postal_code: "1010", country: "AT" },
      }),
      identifiers: fc.constant("K-1").map((value) => [{ value }]),
    },
    { requiredKeys: [] },
  ),
  sellerVatId: fc.option(fc.constant(null), { nil: undefined, freq: 1 }),
  mandate: fc.option(
    fc.constantFrom(
      { reference: "M-1", iban: "DE02120300000000202051", creditor_id: "DE98ZZZ09999999999" },
      { reference: "M-1" },
    ),
    { nil: null, freq: 1 },
  ),
  shipping: mostly({
    name: "Lager",
    address: { lines: ["Hafen 1"], city: "Kiel", postal_code: "24103", country: "DE" },
  }),
});

/** How it is paid beside its totals. */
const settlement = fc.record(
  {
    rounding: fc.constantFrom("0.05", "1", "10"),
    purpose: fc.constant("deposit" as const),
    cash_discounts: fc.constantFrom("2", "0.5").map((percent) => [{ days: 7, percent }]),
    attachment_links: fc
      .constantFrom("https://files.example/1", "http://files.example/a?b&c")
      .map((url) => [{ name: "Nachweis", url }]),
  },
  { requiredKeys: [] },
);

/** A document of any kind that is an e-invoice, between parties of several countries. */
export const anyDocument: fc.Arbitrary<Given> = fc
  .tuple(
    parties,
    lacking,
    fc.array(tax, { minLength: 1, maxLength: 3 }),
    fc.record({
      buyer_reference: mostly("R-1"),
      purchase_order: maybe(fc.constant("PO-1")),
      delivery_date: mostly("2026-11-20"),
      period: maybe(period),
      memo: maybe(words),
      notes: maybe(words),
      terms: maybe(
        fc.constantFrom(
          "14 Tage netto",
          "# sofort",
          "#SKONTO#TAGE=7#PROZENT=2.00#",
          "Netto\n#SKONTO#TAGE=7#PROZENT=2.00#\n",
        ),
      ),
      tax_inclusive: fc.boolean(),
      adjustments,
      settlement,
    }),
    fc.record({
      credit: fc.boolean(),
      prepaidMinor: fc.bigInt({ min: 0n, max: 9_999n }),
      depositedMinor: fc.constantFrom(0n, 0n, 1n, 2_500n, 1_000_000n),
      files: fc.subarray(["a.pdf", "A.PDF", "Größe & Maß.pdf"]),
    }),
  )
  .chain(([between, lack, taxes, document, how]) =>
    fc.array(line(taxes), { minLength: 1, maxLength: 4 }).map((lines): Given => {
      const { issuer = {}, customer = {} } = between as Given;
      const { settlement: paid, ...written } = document;
      const address = issuer.address ?? {
        lines: ["Musterweg 1"],
        postal_code: "10115",
        country: "DE",
      };
      const vat = lack.sellerVatId === null ? { vat_id: null } : {};
      return {
        issuer: {
          ...issuer,
          ...vat,
          ...lack.others,
          contact_name: lack.contact,
          phone: lack.phone,
          bank: lack.bank,
          address: { ...address, city: lack.city },
        },
        customer: { ...customer, mandate: lack.mandate, shipping: lack.shipping },
        document: {
          ...written,
          ...paid,
          purchase_order: document.purchase_order ?? null,
          period: document.period ?? null,
          memo: document.memo ?? null,
          notes: document.notes ?? null,
          terms: document.terms ?? null,
          lines,
        },
        ...how,
      };
    }),
  );
