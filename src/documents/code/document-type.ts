/**
 * Types of invoices and credit notes (BT-3). Pure. UNTDID 1001, D.23B, as the code lists of EN
 * 16931 of 2025 have it (BR-CL-01), and the part of it that Peppol BIS Billing 3.0.19 takes in
 * its process 01 (PEPPOL-EN16931-P0100, -P0101). Typed in from those.
 */
import { codeList } from "./list.ts";

const INVOICES = codeList(`
  71 80 81 82 84 102 130 202 203 204 211 218 219 295 325 326 331 380 382 383 384 385 386 387 388
  389 390 393 394 395 456 457 471 472 473 500 501 527 553 575 623 633 751 780 817 870 875 876 877
  935
`);

const CREDIT_NOTES = codeList("81 83 261 262 296 308 381 396 420 458 502 503 532");

const PEPPOL_INVOICES = codeList(`
  71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 393 395 553 575 623 780 817 870 875 876
  877
`);

const PEPPOL_CREDIT_NOTES = codeList("381 396 81 83 532");

/** True for a type that asks for money, such as 380 (commercial invoice) or 386 (prepayment). */
export function isInvoiceType(code: string): boolean {
  return INVOICES.has(code);
}

/** True for a type that gives money back, such as 381 (credit note). */
export function isCreditNoteType(code: string): boolean {
  return CREDIT_NOTES.has(code);
}

/**
 * True for a type that Peppol delivers; 326 and 384 only between German parties
 * (PEPPOL-EN16931-P0112).
 */
export function isPeppolType(code: string): boolean {
  return PEPPOL_INVOICES.has(code) || PEPPOL_CREDIT_NOTES.has(code);
}
