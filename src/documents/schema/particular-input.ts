/** Pure. From what callers send beside the plain fields to what is stored of it. */
import Big from "big.js";
import type { Party } from "../model/model.ts";
import {
  type DocumentParticulars,
  type FurtherReferences,
  type Identifier,
  type LineParticulars,
  type Payee,
  withoutEmpty,
} from "../model/particulars.ts";
import type {
  LineParticularsInput,
  PartyParticularsInput,
  PayeeInput,
  ReferencesInput,
} from "./particular-schema.ts";

type Given<T> = T | null | undefined;

function identifierFrom(
  given: Given<{ scheme?: string | null | undefined; value: string }>,
): Identifier | null {
  return given ? { scheme: given.scheme ?? null, value: given.value } : null;
}

/** A document's particulars with its references replaced; null clears them. */
export function particularsFrom(
  given: Given<ReferencesInput>,
  base: DocumentParticulars | null,
): DocumentParticulars | null {
  if (given === undefined) return base;
  return withoutEmpty<DocumentParticulars>({ ...base, references: given && referencesFrom(given) });
}

function referencesFrom(given: ReferencesInput): FurtherReferences | null {
  return withoutEmpty<FurtherReferences>({
    salesOrder: given.sales_order,
    contract: given.contract,
    project: given.project,
    receivingAdvice: given.receiving_advice,
    despatchAdvice: given.despatch_advice,
    tender: given.tender,
    invoicedObject: identifierFrom(given.invoiced_object),
    accountingReference: given.accounting_reference,
    precedingInvoices: given.preceding_invoices?.map(({ number, date }) => ({
      number,
      date: date ?? null,
    })),
  });
}

/** A line's particulars; `plain` gives a checked decimal's shortest text. */
export function lineParticularsFrom(
  given: LineParticularsInput,
  plain: (value: number | string) => string,
): LineParticulars | null {
  const { base_quantity: base, gross_price: gross } = given;
  return withoutEmpty<LineParticulars>({
    baseQuantity: isSaid(base) && !new Big(base).eq(1) ? plain(base) : null,
    grossPrice: isSaid(gross) ? plain(gross) : null,
    note: given.note,
    sellerItemId: given.seller_item_id,
    buyerItemId: given.buyer_item_id,
    standardItemId: given.standard_item_id,
    originCountry: given.origin_country,
    attributes: given.attributes,
    orderLine: given.order_line,
    accountingReference: given.accounting_reference,
    objectId: identifierFrom(given.object_id),
  });
}

function isSaid<T>(value: Given<T>): value is T {
  return value !== null && value !== undefined;
}

/** What a party says beside the plain fields; what is left out keeps what it was. */
export function partyParticularsFrom(
  given: PartyParticularsInput,
  base: Party,
): Pick<Party, "identifiers" | "legalInformation"> {
  const identifiers = given.identifiers
    ? given.identifiers.map(({ scheme, value }) => ({ scheme: scheme ?? null, value }))
    : base.identifiers;
  const { legal_information: legal = base.legalInformation } = given;
  return {
    ...(identifiers && identifiers.length > 0 ? { identifiers } : {}),
    ...(legal ? { legalInformation: legal } : {}),
  };
}

/** Who is paid, as it is stored. */
export function payeeFrom(given: PayeeInput): Payee {
  const { name, id, legal_id: legalId } = given;
  return { name, id: identifierFrom(id), legalId: identifierFrom(legalId) };
}
