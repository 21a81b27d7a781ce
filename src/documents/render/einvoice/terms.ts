/** Pure. Payment terms in an e-invoice (BT-20), cash discounts among them. */

import { moneyText } from "../../../core/money.ts";
import type { DocumentModel } from "../../model/model.ts";
import { cashDiscountTexts, wordsOf } from "../wording/wording.ts";

/**
 * The terms with their cash discounts: as German receivers' software reads them where the seller is
 * German (DE-R-018, BR-DE-18), else in the document's words. Null where there is neither.
 */
export function termsText(model: DocumentModel): string | null {
  const { terms, seller } = model;
  const isGerman = seller.address.country === "DE";
  const discounts = isGerman ? skontoLines(model) : cashDiscountTexts(wordsOf(model));
  const lines = [terms, ...discounts].filter((line) => line).join("\n");
  if (lines === "") return null;
  // Each line of the form ends with a line end, the last one too.
  return /^#.*#$/m.test(lines) && !lines.endsWith("\n") ? `${lines}\n` : lines;
}

/** `#SKONTO#TAGE=10#PROZENT=2.00#`, with its base where that is not the amount due. */
function skontoLines({ cashDiscounts = [], currency }: DocumentModel): string[] {
  return cashDiscounts.map(({ days, percent, baseMinor }) => {
    const [whole = "0", places = ""] = percent.split(".");
    const base = baseMinor === null ? "" : `BASISBETRAG=${moneyText(BigInt(baseMinor), currency)}#`;
    return `#SKONTO#TAGE=${days}#PROZENT=${whole}.${places.padEnd(2, "0")}#${base}`;
  });
}
