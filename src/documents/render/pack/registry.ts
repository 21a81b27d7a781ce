/** Pure. Every format of e-invoices: one is added by its own file and a line here. */
import { CII } from "./cii.ts";
import type { Pack } from "./pack.ts";
import { PEPPOL } from "./peppol.ts";
import { UBL } from "./ubl.ts";
import { XRECHNUNG_CII } from "./xrechnung-cii.ts";
import { XRECHNUNG_UBL } from "./xrechnung-ubl.ts";

// Their order is the order in which they are offered.
const REGISTRY = {
  cii: CII,
  ubl: UBL,
  "xrechnung-cii": XRECHNUNG_CII,
  "xrechnung-ubl": XRECHNUNG_UBL,
  peppol: PEPPOL,
} satisfies Record<string, Pack>;

export type EInvoiceFormat = keyof typeof REGISTRY;

export const PACKS: Readonly<Record<EInvoiceFormat, Pack>> = REGISTRY;
export const E_INVOICE_FORMATS = Object.keys(REGISTRY) as [EInvoiceFormat, ...EInvoiceFormat[]];
