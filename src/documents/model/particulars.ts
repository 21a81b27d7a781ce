/**
 * Pure. What documents, lines and parties say beside what every one of them does, as it is stored:
 * a field that says nothing is left out. BT and BG numbers are EN 16931's.
 */
import type { Address } from "./address.ts";

/** An identifier; `scheme` says whose, by the list that its field names. */
export type Identifier = { scheme: string | null; value: string };

export type DocumentParticulars = {
  /** What the document refers to beside order and buyer reference. */
  references?: FurtherReferences;
};

export type FurtherReferences = {
  /** BT-14, the seller's number of the order. */
  salesOrder?: string;
  /** BT-12. */
  contract?: string;
  /** BT-11. */
  project?: string;
  /** BT-15. */
  receivingAdvice?: string;
  /** BT-16. */
  despatchAdvice?: string;
  /** BT-17, a call for tenders or a lot. */
  tender?: string;
  /** BT-18, what the invoice is about, such as a meter; its scheme is a code of UNTDID 1153. */
  invoicedObject?: Identifier;
  /** BT-19, where the buyer books it. */
  accountingReference?: string;
  /** BG-3, earlier invoices that have no document here, oldest first. */
  precedingInvoices?: { number: string; date: string | null }[];
};

export type LineParticulars = {
  /** BT-149, decimal text above 0: the quantity that the price is for; 1 unless given. */
  baseQuantity?: string;
  /** BT-148, decimal text, not below the price: BT-147 is what lies between. */
  grossPrice?: string;
  /** BT-127. */
  note?: string;
  /** BT-155. */
  sellerItemId?: string;
  /** BT-156. */
  buyerItemId?: string;
  /** BT-157, such as a GTIN (0160); its scheme is a code of ISO 6523. */
  standardItemId?: { scheme: string; value: string };
  /** BT-159, ISO 3166-1 alpha-2. */
  originCountry?: string;
  /** BG-32. */
  attributes?: { name: string; value: string }[];
  /** BT-132, the order's line. */
  orderLine?: string;
  /** BT-133. */
  accountingReference?: string;
  /** BT-128; its scheme is a code of UNTDID 1153. */
  objectId?: Identifier;
};

/** What a customer's documents take over unless they say otherwise. */
export type CustomerParticulars = {
  /** BT-10. */
  buyerReference?: string;
};

/** What an issuer's documents say of others. */
export type IssuerParticulars = {
  /** BG-10, who is paid where that is not the seller. */
  payee?: Payee;
  /** BG-11. */
  taxRepresentative?: TaxRepresentative;
};

export type Payee = { name: string; id: Identifier | null; legalId: Identifier | null };
export type TaxRepresentative = { name: string; vatId: string; address: Address };

/** A record without the fields that say nothing; null where nothing is left of it. */
export function withoutEmpty<T extends object>(
  record: {
    [K in keyof T]: T[K] | null | undefined;
  },
): T | null {
  const said = Object.entries(record).filter(
    ([, value]) =>
      value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return said.length === 0 ? null : (Object.fromEntries(said) as T);
}

/** The quantity that a line's price is for. */
export function baseOf(line: { particulars?: LineParticulars | null | undefined }): string {
  return line.particulars?.baseQuantity ?? "1";
}
