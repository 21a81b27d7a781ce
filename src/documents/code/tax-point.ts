/**
 * When VAT becomes due (BT-8). Pure. A restriction of UNTDID 2005, which UBL writes, and of UNTDID
 * 2475, which CII writes for the same (BR-CL-06), as the code lists of EN 16931 of 2025 have them.
 */

/** By UNTDID 2005: the invoice's date, the actual delivery, and the payment. */
const CII_CODES: Readonly<Record<string, string>> = { "3": "5", "35": "29", "432": "72" };

/** True for a code of UNTDID 2005 that says when VAT becomes due: 3, 35 or 432. */
export function isTaxPoint(code: string): boolean {
  return Object.hasOwn(CII_CODES, code);
}

/** The code of UNTDID 2475 for one of UNTDID 2005; null for any other. */
export function ciiTaxPoint(code: string): string | null {
  return isTaxPoint(code) ? (CII_CODES[code] ?? null) : null;
}
