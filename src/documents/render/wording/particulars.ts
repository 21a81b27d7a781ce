/** Pure. In words, what few documents, lines and parties say. */

import Big from "big.js";
import { KINDS } from "../../kind/registry.ts";
import { type Formatter, fill } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import { labelled } from "../../language/registry.ts";
import type { DocumentLine, DocumentModel, Party } from "../../model/model.ts";
import { addressLines } from "./address.ts";

type Words = { model: DocumentModel; labels: Labels; format: Formatter };

/** What identifiers of these schemes of ISO 6523 are called; people read no others. */
const SCHEME_NAMES: Readonly<Record<string, string>> = {
  "0002": "SIREN",
  "0009": "SIRET",
  "0060": "D-U-N-S",
  "0088": "GLN",
  "0160": "GTIN",
  "0199": "LEI",
  "0204": "Leitweg-ID",
};

type Named = [label: string, value: string | null | undefined];

/** A document's references beside order and buyer reference, in the order of the page. */
export function referenceEntries({ model, labels, format }: Words): Named[] {
  const { further = {} } = model.references;
  const { particulars } = labels;
  const { credits } = KINDS[model.kind];
  const earlier = credits ? labels.precedingInvoice : particulars.earlierInvoice;
  return [
    [particulars.customerNumber, model.buyer.customerNumber],
    ...(further.precedingInvoices ?? []).map(
      ({ number, date }): Named => [earlier, date ? `${number}, ${format.date(date)}` : number],
    ),
    [particulars.salesOrder, further.salesOrder],
    [particulars.contract, further.contract],
    [particulars.project, further.project],
    [particulars.tender, further.tender],
    [particulars.despatchAdvice, further.despatchAdvice],
    [particulars.receivingAdvice, further.receivingAdvice],
    [particulars.invoicedObject, further.invoicedObject?.value],
    [particulars.accountingReference, further.accountingReference],
    [particulars.attachments, (model.attachments ?? []).map(({ name }) => name).join(", ")],
  ];
}

/** What a line says of its price and its item, beneath its name. */
export function particularTexts({ model, labels, format }: Words, line: DocumentLine): string[] {
  const { particulars: own } = line;
  const { particulars } = labels;
  const texts: string[] = [];
  if (!own) return texts;
  const add = (label: string, value: string | undefined) => {
    if (value) texts.push(`${label} ${value}`);
  };
  const colon = (label: string, value: string | undefined) => {
    if (value) texts.push(labelled(model.language, label, value));
  };
  if (own.note) texts.push(own.note);
  if (own.baseQuantity) {
    const base = format.decimal(own.baseQuantity);
    const text = line.unit ? `${base}\u00a0${line.unit}` : base;
    texts.push(fill(particulars.pricePer, { base: text }));
  }
  if (own.grossPrice) {
    const off = new Big(own.grossPrice).minus(line.unitPrice);
    const texted = { price: format.price(own.grossPrice), discount: format.price(off.toFixed()) };
    if (off.gt(0)) texts.push(fill(particulars.grossPrice, texted));
  }
  add(particulars.sellerItem, own.sellerItemId);
  add(particulars.buyerItem, own.buyerItemId);
  const { standardItemId: standard } = own;
  add(SCHEME_NAMES[standard?.scheme ?? ""] ?? particulars.standardItem, standard?.value);
  for (const { name, value } of own.attributes ?? []) colon(name, value);
  colon(particulars.origin, own.originCountry && format.country(own.originCountry));
  add(particulars.orderLine, own.orderLine);
  colon(particulars.invoicedObject, own.objectId?.value);
  colon(particulars.accountingReference, own.accountingReference);
  return texts;
}

/** What stands in the seller's block beneath its own numbers: what the law asks for, and others. */
export function sellerTexts({ model, labels }: Words): string[] {
  const { seller, payee, language } = model;
  const texts = seller.legalInformation?.split("\n").filter((line) => line.trim() !== "") ?? [];
  if (payee) texts.push(labelled(language, labels.particulars.payee, payee.name));
  return texts;
}

/** Who answers for the seller's tax, or null: a party of its own on the page. */
export function representativeText({ model, labels, format }: Words) {
  const { taxRepresentative: representative } = model;
  if (!representative) return null;
  const { name, address, vatId } = representative;
  const rest = [...addressLines(address, format), `${labels.vatId} ${vatId}`];
  return { head: labels.particulars.representative, name, rest };
}

/** The identifiers of a party that people know by their names. */
export function identifierTexts({ identifiers = [] }: Party): string[] {
  return identifiers.flatMap(({ scheme, value }) => {
    const name = SCHEME_NAMES[scheme ?? ""];
    return name === undefined ? [] : [`${name} ${value}`];
  });
}
