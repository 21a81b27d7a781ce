/** Pure. From what callers send beside the plain fields to what is stored of it. */
import Big from "big.js";
import { invalidField } from "../../core/errors.ts";
import { MAX_ATTACHMENTS } from "../attachment/file.ts";
import type { Party } from "../model/model.ts";
import {
  type Attachment,
  type DocumentParticulars,
  type FurtherReferences,
  type Identifier,
  type LineParticulars,
  type Payee,
  withoutEmpty,
} from "../model/particulars.ts";
import type {
  LineParticularsInput,
  LinksInput,
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

type DocumentGiven = {
  references?: Given<ReferencesInput>;
  attachment_links?: LinksInput | undefined;
};

/**
 * A document's particulars with its references replaced (null clears them), and its links; files
 * stay. Errors: 422 where a name is taken, or there are too many.
 */
export function particularsFrom(
  { references, attachment_links: links }: DocumentGiven,
  base: DocumentParticulars | null,
): DocumentParticulars | null {
  return withoutEmpty<DocumentParticulars>({
    references:
      references === undefined ? base?.references : references && referencesFrom(references),
    attachments: links ? linkedTo(links, base?.attachments ?? []) : base?.attachments,
  });
}

function linkedTo(links: NonNullable<LinksInput>, before: readonly Attachment[]): Attachment[] {
  const attached = before.filter(({ file }) => file !== null);
  for (const [i, { name, description, url }] of links.entries()) {
    const at = `/attachment_links/${i}`;
    if (attached.some((one) => one.name === name)) {
      throw invalidField(`${at}/name`, "is the name of another attachment");
    }
    if (attached.length >= MAX_ATTACHMENTS) {
      throw invalidField(at, `a document has at most ${MAX_ATTACHMENTS} attachments`);
    }
    attached.push({ name, description: description ?? null, url, file: null });
  }
  return attached;
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
