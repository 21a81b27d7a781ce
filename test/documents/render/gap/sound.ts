/** Pure. Documents that every format takes, by country, and what is changed of them. */
import type {
  Address,
  DocumentModel,
  Party,
  PaymentBlock,
  TaxCategory,
} from "../../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "../pdf/sample.ts";

const PLACES: Record<string, [vatId: string, scheme: string, value: string, legal: string | null]> =
  {
    DE: ["DE123456788", "9930", "DE123456788", null],
    FR: ["FR83404833048", "9957", "FR83404833048", null],
    DK: ["DK12345674", "0184", "12345674", "0184:12345674"],
    IT: ["IT12345670017", "0211", "IT12345670017", null],
    NL: ["NL123456782B12", "9944", "NL123456782B12", "0106:12345678"],
    NO: ["NO995525828MVA", "0192", "995525828", "0192:995525828"],
    SE: ["SE556036079301", "0007", "5560360793", "0007:5560360793"],
    GR: ["EL094259216", "9933", "094259216", null],
    IS: ["IS12345", "0196", "5402697509", "0196:5402697509"],
  };

const sample = sampleInvoice();

function addressIn(country: string): Address {
  return { lines: ["Street 1"], city: "Town", postalCode: "12345", region: null, country };
}

/** A party that lacks nothing, with what is given otherwise. */
export function partyIn(country: string, more: Partial<Party> = {}): Party {
  const [vatId = "", scheme = "", value = "", legal = null] = PLACES[country] ?? [];
  const [legalScheme = "", number = ""] = legal?.split(":") ?? [];
  return {
    ...sample.seller,
    name: `Party in ${country}`,
    contactName: "Accounts",
    address: addressIn(country),
    vatId,
    electronicAddress: { scheme, value },
    legalId: legal === null ? null : { scheme: legalScheme, value: number },
    ...more,
  };
}

/** An address with some of its parts otherwise. */
export function addressWith(country: string, more: Partial<Address>): { address: Address } {
  return { address: { ...addressIn(country), ...more } };
}

/** An invoice of one line of 100.00 at 19 % from a German to a German, which lacks nothing. */
export function soundInvoice(more: Partial<DocumentModel> = {}): DocumentModel {
  return taxed(
    {
      ...sample,
      seller: partyIn("DE"),
      buyer: partyIn("DE", { name: "Buyer AG" }),
      shipTo: null,
      references: { ...sample.references, buyerReference: "04011000-12345-34" },
      ...more,
    },
    more.totals ? null : "S",
    "19",
  );
}

/** The same from a seller to a buyer of some countries, in their own currency and rate. */
export function soundBetween(
  seller: string,
  buyer: string,
  more: Partial<DocumentModel> = {},
): DocumentModel {
  const parties = { seller: partyIn(seller), buyer: partyIn(buyer, { name: "Buyer" }) };
  return taxed(soundInvoice({ ...parties, ...more }), "S", seller === "SE" ? "25" : "19");
}

/** A document whose one line of 100.00 has a tax; null leaves it as it is. */
export function taxed(
  model: DocumentModel,
  category: TaxCategory | null,
  percent = "0",
  exemption: { reason: string; code: string | null } | null = null,
): DocumentModel {
  if (category === null) return model;
  const tax = { category, percent };
  const taxMinor = `${Number(percent) * 100}`;
  const totalMinor = `${10_000 + Number(taxMinor)}`;
  const group = { ...tax, name: null, baseMinor: "10000", taxMinor, components: [], exemption };
  return {
    ...model,
    lines: [sampleLine({ unitPrice: "100", amountMinor: "10000", netMinor: "10000", tax })],
    totals: {
      ...model.totals,
      subtotalMinor: "10000",
      netMinor: "10000",
      taxes: [group],
      taxMinor,
      totalMinor,
      dueMinor: totalMinor,
    },
  };
}

/** A way of paying, which is by transfer unless said otherwise. */
export function paidBy(more: Partial<PaymentBlock>): { payment: PaymentBlock } {
  const payment = sample.payment;
  if (payment === null) throw new RangeError("the sample says how it is paid");
  return { payment: { ...payment, ...more } };
}

/** A direct debit with what is given of its mandate. */
export function debited(
  mandate: Partial<NonNullable<PaymentBlock["mandate"]>>,
  meansCode = "59",
): { payment: PaymentBlock } {
  const whole = { reference: "M-1", iban: "DE02120300000000202051", creditorId: "DE98ZZZ0999" };
  return paidBy({ meansCode, mandate: { ...whole, ...mandate } });
}

/** Discount and charge on the document, of 5.00 each, in the tax of its line. */
export function adjusted(model: DocumentModel, reason = "Loyalty"): DocumentModel {
  const [line] = model.lines;
  if (!line) throw new RangeError("the document has a line");
  const adjustments = (["discount", "charge"] as const).map((kind) => ({
    kind,
    reason,
    percent: null,
    amountMinor: "500",
    netMinor: "500",
    tax: line.tax,
  }));
  return { ...model, totals: { ...model.totals, adjustments } };
}
