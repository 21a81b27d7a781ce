/** Pure. A document in a format: what it lacks, and its XML. */
import type { DocumentModel } from "../../model/model.ts";
import { ciiXml } from "../einvoice/cii.ts";
import type { Head } from "../einvoice/semantic.ts";
import { ublXml } from "../einvoice/ubl.ts";
import { type Gap, gapsBy } from "../gap/ask.ts";
import type { Syntax } from "./pack.ts";
import { type EInvoiceFormat, PACKS } from "./registry.ts";

const WRITERS: Record<Syntax, (model: DocumentModel, head: Head) => string> = {
  cii: ciiXml,
  ubl: ublXml,
};

/** What keeps a document from being an e-invoice of a format; empty where nothing does. */
export function missingFields(model: DocumentModel, format: EInvoiceFormat): Gap[] {
  const { rules, adapt } = PACKS[format];
  return gapsBy(adapt ? adapt(model) : model, rules);
}

/** The XML of a document in a format; valid for one of which `missingFields` finds nothing. */
export function eInvoiceXml(model: DocumentModel, format: EInvoiceFormat): string {
  const { syntax, adapt, ...head } = PACKS[format];
  return WRITERS[syntax](adapt ? adapt(model) : model, head);
}
