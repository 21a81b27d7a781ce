/** Pure. Which format a document's e-invoice has where nobody asks for another. */
import type { BuyerSnapshot } from "../../model/party.ts";
import { E_INVOICE_FORMATS, type EInvoiceFormat } from "./registry.ts";

const DEFAULT: EInvoiceFormat = "cii";

/** The format that was chosen for a buyer; EN 16931 in CII where none was. */
export function formatFor({ eInvoiceFormat }: Pick<BuyerSnapshot, "eInvoiceFormat">) {
  return E_INVOICE_FORMATS.find((name) => name === eInvoiceFormat) ?? DEFAULT;
}
