/**
 * Currencies of e-invoices (BT-5, BT-6). Pure. ISO 4217 as the code lists of EN 16931 of 2025
 * have it (BR-CL-03 to BR-CL-05): what the product knows, without those that left the list.
 */
import { CURRENCIES } from "../../core/money.ts";
import { codeList } from "./list.ts";

/** Known to the product, and in no e-invoice: left, or not yet in, the list of 2025. */
const NOT_LISTED = codeList("ANG BGN STN XAD");
/** Of the list, and not in Peppol BIS Billing 3.0.19 (PEPPOL-EN16931-CL007). */
const NOT_PEPPOL = codeList("XCG");

/** True for a currency that an e-invoice may be in. */
export function isInvoiceCurrency(code: string): boolean {
  return CURRENCIES.includes(code) && !NOT_LISTED.has(code);
}

/** True for a currency that a Peppol invoice may be in. */
export function isPeppolCurrency(code: string): boolean {
  return isInvoiceCurrency(code) && !NOT_PEPPOL.has(code);
}
