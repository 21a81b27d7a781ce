/** Pure. Documents to print in tests: small ones, and the ones that are looked at. */
import type { DocumentLine, DocumentModel, Party } from "../../../../src/documents/model/model.ts";

const seller: Party = {
  name: "Acme Metering GmbH",
  contactName: null,
  address: {
    lines: ["Musterstraße 12"],
    city: "Berlin",
    postalCode: "10115",
    region: null,
    country: "DE",
  },
  email: "billing@acme.example",
  phone: "+49 30 1234567",
  website: null,
  vatId: "DE123456788",
  taxNumber: null,
  legalId: null,
  electronicAddress: { scheme: "9930", value: "DE123456788" },
};

const buyer: Party = {
  name: "Example Customer Ltd",
  contactName: null,
  address: {
    lines: ["1 High Street"],
    city: "London",
    postalCode: "SW1A 1AA",
    region: null,
    country: "GB",
  },
  email: "accounts@customer.example",
  phone: null,
  website: null,
  vatId: "GB999999973",
  taxNumber: null,
  legalId: null,
  electronicAddress: { scheme: "9932", value: "GB999999973" },
};

export function sampleLine(more: Partial<DocumentLine> = {}): DocumentLine {
  return {
    name: "Support seats",
    description: null,
    detail: null,
    group: null,
    classification: null,
    quantity: "1",
    unitCode: "C62",
    unit: null,
    unitPrice: "120",
    adjustments: [],
    period: null,
    tax: { category: "S", percent: "19" },
    amountMinor: "12000",
    netMinor: "12000",
    ...more,
  };
}

const requests = { name: "API requests", detail: "First 1,000,000 included" };
const reduced = { category: "S", percent: "7" } as const;
const LINES: DocumentLine[] = [
  sampleLine({
    name: "Platform fee, Scale plan",
    period: { start: "2026-10-01", end: "2026-10-31" },
    unitPrice: "499",
    amountMinor: "49900",
  }),
  sampleLine({
    name: "1,000,001 to 10,000,000",
    group: requests,
    quantity: "9000000",
    unitPrice: "0.0004",
    amountMinor: "360000",
  }),
  sampleLine({
    name: "10,000,001 and above",
    group: requests,
    quantity: "18402311",
    unitPrice: "0.0003",
    amountMinor: "552069",
  }),
  sampleLine({
    name: "Storage",
    detail: "GB-hours, average 812 GB",
    quantity: "604128",
    unitPrice: "0.0008",
    amountMinor: "48330",
  }),
  sampleLine({
    name: "Support seats",
    detail: "Prorated from Oct 12",
    quantity: "4",
    unitPrice: "77.42",
    amountMinor: "30968",
  }),
  sampleLine({
    name: "Credit: SLA, incident 2026-10-08",
    quantity: "-1",
    unitPrice: "75",
    amountMinor: "-7500",
  }),
  sampleLine({
    name: "Printed documentation",
    quantity: "3",
    unitPrice: "18",
    amountMinor: "5400",
    tax: reduced,
  }),
].map((line) => ({ ...line, netMinor: line.amountMinor }));

const EPC = [
  "BCD",
  "002",
  "1",
  "SCT",
  "BFSWDE33BER",
  "Acme Metering GmbH",
  "DE89370400440532013000",
  "EUR12359.61",
  "",
  "",
  "INV-2026-042",
].join("\n");

/** The invoice of the guide's picture. */
export function sampleInvoice(more: Partial<DocumentModel> = {}): DocumentModel {
  return {
    template: { name: "calm", version: 3 },
    kind: "invoice",
    number: "INV-2026-042",
    language: "en",
    region: "US",
    currency: "EUR",
    page: { size: "a4", marginPt: 54 },
    status: null,
    watermark: null,
    dates: {
      issued: "2026-11-01",
      due: "2026-11-30",
      validUntil: null,
      delivered: null,
      period: { start: "2026-10-01", end: "2026-10-31" },
    },
    seller,
    buyer,
    shipTo: {
      name: "Example Customer Ltd",
      address: {
        lines: ["Unit 4, Dock Road"],
        city: "Bristol",
        postalCode: "BS1 6XG",
        region: null,
        country: "GB",
      },
    },
    references: {
      purchaseOrder: null,
      buyerReference: null,
      precedingInvoice: null,
      quote: null,
    },
    fields: [],
    memo: null,
    lines: LINES,
    pricesIncludeTax: false,
    totals: {
      subtotalMinor: "1039167",
      adjustments: [],
      netMinor: "1039167",
      taxes: [
        {
          category: "S",
          percent: "19",
          name: null,
          baseMinor: "1033767",
          taxMinor: "196416",
          components: [],
          exemption: null,
        },
        {
          category: "S",
          percent: "7",
          name: null,
          baseMinor: "5400",
          taxMinor: "378",
          components: [],
          exemption: null,
        },
      ],
      taxMinor: "196794",
      totalMinor: "1235961",
      prepaidMinor: "0",
      paidMinor: "0",
      creditedMinor: "0",
      dueMinor: "1235961",
      accounting: null,
    },
    payment: {
      meansCode: "58",
      beneficiary: "Acme Metering GmbH",
      iban: "DE89370400440532013000",
      bic: "BFSWDE33BER",
      bankName: null,
      account: [],
      mandate: null,
      reference: "INV-2026-042",
      url: "https://pay.acme.example/INV-2026-042",
      qr: { kind: "epc", payload: EPC },
    },
    notes: null,
    terms: null,
    footer: null,
    usage: [],
    branding: { accent: "#4f46e5", logo: null },
    facturX: null,
    ...more,
  };
}

/** The sample with that many equal lines of 120.00 at 19 %. */
export function invoiceOfLines(count: number, more: Partial<DocumentModel> = {}): DocumentModel {
  const sample = sampleInvoice();
  const base = BigInt(count) * 12000n;
  const tax = (base * 19n + 50n) / 100n;
  const [group] = sample.totals.taxes;
  if (!group) throw new RangeError("the sample is taxed");
  return {
    ...sample,
    lines: Array.from({ length: count }, (_, i) =>
      sampleLine({ name: `Support seats, team ${i + 1}`, detail: "Prorated from Oct 12" }),
    ),
    totals: {
      ...sample.totals,
      subtotalMinor: `${base}`,
      netMinor: `${base}`,
      taxes: [{ ...group, baseMinor: `${base}`, taxMinor: `${tax}` }],
      taxMinor: `${tax}`,
      totalMinor: `${base + tax}`,
      dueMinor: `${base + tax}`,
    },
    ...more,
  };
}
