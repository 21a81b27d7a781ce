/** Pure. What callers read of what documents, lines and parties say beside the plain fields. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import type { Party } from "../model/model.ts";
import type { DocumentParticulars, Identifier, LineParticulars } from "../model/particulars.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();
export const identifierView = z.object({ scheme: orNull(text), value: text });

export const partyParticularsView = {
  identifiers: z.array(identifierView),
  legal_information: orNull(text),
};

/** What a party says beside the plain fields, as callers read it. */
export function showPartyParticulars({ identifiers = [], legalInformation }: Party): {
  identifiers: Identifier[];
  legal_information: string | null;
} {
  return { identifiers, legal_information: legalInformation ?? null };
}

export const referencesView = orNull(
  z
    .object({
      sales_order: orNull(text),
      contract: orNull(text),
      project: orNull(text),
      receiving_advice: orNull(text),
      despatch_advice: orNull(text),
      tender: orNull(text),
      invoiced_object: orNull(identifierView),
      accounting_reference: orNull(text),
      preceding_invoices: z.array(z.object({ number: text, date: orNull(text) })),
    })
    .openapi("References"),
);

/** What a document refers to beside order and buyer reference, or null. */
export function showReferences(
  particulars: DocumentParticulars | null,
): z.infer<typeof referencesView> {
  const references = particulars?.references;
  if (!references) return null;
  return {
    sales_order: references.salesOrder ?? null,
    contract: references.contract ?? null,
    project: references.project ?? null,
    receiving_advice: references.receivingAdvice ?? null,
    despatch_advice: references.despatchAdvice ?? null,
    tender: references.tender ?? null,
    invoiced_object: references.invoicedObject ?? null,
    accounting_reference: references.accountingReference ?? null,
    preceding_invoices: references.precedingInvoices ?? [],
  };
}

export const lineParticularsView = {
  base_quantity: orNull(z.number()),
  gross_price: orNull(z.number()),
  note: orNull(text),
  seller_item_id: orNull(text),
  buyer_item_id: orNull(text),
  standard_item_id: orNull(z.object({ scheme: text, value: text })),
  origin_country: orNull(text),
  attributes: z.array(z.object({ name: text, value: text })),
  order_line: orNull(text),
  accounting_reference: orNull(text),
  object_id: orNull(identifierView),
};

/** What a line says beside the plain fields; numbers keep their digits. */
export function showLineParticulars(
  particulars: LineParticulars | null,
): z.infer<z.ZodObject<typeof lineParticularsView>> {
  const { baseQuantity, grossPrice, ...rest } = particulars ?? {};
  return {
    base_quantity: baseQuantity === undefined ? null : exactNumber(baseQuantity),
    gross_price: grossPrice === undefined ? null : exactNumber(grossPrice),
    note: rest.note ?? null,
    seller_item_id: rest.sellerItemId ?? null,
    buyer_item_id: rest.buyerItemId ?? null,
    standard_item_id: rest.standardItemId ?? null,
    origin_country: rest.originCountry ?? null,
    attributes: rest.attributes ?? [],
    order_line: rest.orderLine ?? null,
    accounting_reference: rest.accountingReference ?? null,
    object_id: rest.objectId ?? null,
  };
}
