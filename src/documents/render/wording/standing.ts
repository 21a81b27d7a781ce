/**
 * Pure. How a document stands, in the one sentence that its page, its foot and its letters say:
 * what is to be paid and until when, what will be debited, what came of it. A page as it was issued
 * has no status, and says what it asked for.
 */
import { KINDS } from "../../kind/registry.ts";
import { type Formatter, fill } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import type { DocumentModel } from "../../model/model.ts";

/** Between the parts of a sentence. */
export const STANDING_JOINT = " \u00b7 ";

/** What of a document decides its sentence. */
export type Standing = Pick<DocumentModel, "kind" | "status"> & {
  totals: Pick<
    DocumentModel["totals"],
    "totalMinor" | "prepaidMinor" | "paidMinor" | "creditedMinor" | "dueMinor"
  >;
  dates: Pick<DocumentModel["dates"], "due" | "validUntil">;
  /** Whether the buyer's account will be debited. */
  debited: boolean;
};

/** What of a model decides its sentence. */
export function standingOf(model: DocumentModel): Standing {
  const { kind, status, totals, dates, payment } = model;
  return { kind, status, totals, dates, debited: (payment?.mandate ?? null) !== null };
}

/** The sentence; what was paid, credited or taken from credit stands behind what is left. */
export function standingSentence(standing: Standing, labels: Labels, format: Formatter): string {
  switch (KINDS[standing.kind].headline) {
    case "credit":
      return fill(labels.amountCredited, { amount: format.money(standing.totals.dueMinor) });
    case "offer":
      return offerSentence(standing, labels, format);
    case "due":
      return [
        ...askedParts(standing, labels, format),
        ...givenParts(standing, labels, format),
      ].join(STANDING_JOINT);
  }
}

function offerSentence({ status, totals, dates }: Standing, labels: Labels, format: Formatter) {
  const amount = format.money(totals.totalMinor);
  const date = dates.validUntil === null ? null : format.date(dates.validUntil);
  if (status === "void") return labels.status.void;
  if (status === "accepted" || status === "rejected") {
    return fill(labels.standing[status], { amount });
  }
  if (date === null) return fill(labels.quoteTotal, { amount });
  const until = status === "expired" ? labels.standing.expired : labels.quoteTotalUntil;
  return fill(until, { amount, date });
}

/** What is left to pay, or that nothing is; nothing is said where the given parts say it. */
function askedParts(standing: Standing, labels: Labels, format: Formatter): string[] {
  const { status, totals, dates, debited } = standing;
  const words = labels.standing;
  if (status === "void") return [words.void];
  const due = BigInt(totals.dueMinor);
  if (due < 0n) {
    const beyond = BigInt(totals.totalMinor) < 0n ? words.favour : words.overpaid;
    return [fill(beyond, { amount: format.money(`${-due}`) })];
  }
  if (due === 0n) return isGiven(totals) ? [] : [words.nothing];
  const amount = format.money(totals.dueMinor);
  if (dates.due === null) return [fill(debited ? words.debit : labels.amountDue, { amount })];
  const date = format.date(dates.due);
  if (status === "overdue") return [fill(words.wasDue, { amount, date })];
  return [fill(debited ? words.debitOn : words.dueOn, { amount, date })];
}

function isGiven({ prepaidMinor, paidMinor, creditedMinor }: Standing["totals"]): boolean {
  return [prepaidMinor, paidMinor, creditedMinor].some((amount) => BigInt(amount) !== 0n);
}

function givenParts({ totals }: Standing, labels: Labels, format: Formatter): string[] {
  const parts = [
    [labels.amountPaid, totals.paidMinor],
    [labels.standing.fromCredit, totals.prepaidMinor],
    [labels.standing.credited, totals.creditedMinor],
  ] as const;
  return parts
    .filter(([, minor]) => BigInt(minor) > 0n)
    .map(([words, minor]) => fill(words, { amount: format.money(minor) }));
}
