/** Pure. What an invoice is once something of it was paid or credited, and what is beyond it. */
import type { Document } from "../store/row.ts";
import { askedMinor, isCreditedWhole } from "../store/row.ts";
import type { StatusChange } from "../store/store.ts";

/** What was paid or credited of an invoice by now, in minor units; the rest stays as it was. */
export type Given = { paidMinor?: number; creditedMinor?: number };

export type Settled = {
  change: StatusChange & Required<Given>;
  /** What goes to the customer's balance; below 0 what comes from it. */
  movedMinor: number;
};

/**
 * An invoice keeps no more than it asks: what is beyond goes to its customer's balance. What it
 * lacks comes from there, `drawableMinor` at most. Paid below 0 where more went back than there is.
 */
export function settledBy(invoice: Document, given: Given, drawableMinor = 0): Settled {
  const next = { ...invoice, ...given };
  const beyond = next.paidMinor - askedMinor(next);
  const movedMinor = beyond >= 0 ? beyond : Math.max(beyond, -drawableMinor);
  const paidMinor = next.paidMinor - movedMinor;
  const settled = { ...next, paidMinor };
  const { creditedMinor } = settled;
  return { change: { status: statusOf(settled), paidMinor, creditedMinor }, movedMinor };
}

/** Void where all of it is credited, so that it asks nothing and keeps nothing. */
function statusOf(invoice: Document): "void" | "paid" | "open" {
  if (invoice.status === "void" || isCreditedWhole(invoice)) return "void";
  return invoice.paidMinor < askedMinor(invoice) ? "open" : "paid";
}
