/** Pure. What a new document takes over from one that is like it. */
import type { DocumentContent, LineContent } from "./content.ts";
import { takenBack } from "./particulars.ts";

/**
 * A document's content as a new draft begins with it: whom it is for, its lines, texts and terms;
 * not its days, its exchange rate, its files, nor what it had to do with other documents.
 */
export function afresh(content: DocumentContent): DocumentContent {
  return {
    ...content,
    dueDate: null,
    validUntil: null,
    deliveryDate: null,
    period: null,
    accounting: null,
    usage: [],
    prepaidMinor: 0n,
    settlement: { ...content.settlement, roundingMinor: 0n, deposits: [] },
    originId: null,
    reason: null,
    subscriptionId: null,
    billingPeriodId: null,
    particulars: takenBack(content.particulars),
    lines: content.lines.map(lineAfresh),
  };
}

/** A line as somebody might have written it: what billing explained of it holds no more. */
function lineAfresh(line: LineContent): LineContent {
  return { ...line, kind: "item", detail: null, period: null, explanation: null };
}
