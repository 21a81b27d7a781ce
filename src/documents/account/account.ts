/**
 * Pure. A customer's account in one currency: what its invoices charge, less what credit notes and
 * payments give back. Its balance is what open invoices ask less the credit balance that is held.
 * Amounts are minor units; days are ISO dates of the issuer.
 */
import { Temporal } from "temporal-polyfill";
import type { DocumentKind } from "../kind/registry.ts";
import { type Asking, askedMinor } from "../store/row.ts";

/** A final invoice or credit note, as an account needs it. */
export type AccountDocument = Omit<Asking, "creditedMinor"> & {
  id: string;
  kind: DocumentKind;
  /** It takes off what is owed. */
  credits: boolean;
  number: string;
  day: string;
  dueDate: string | null;
  originId: string | null;
  atMs: number;
};

/** A payment of an invoice; below 0 a refund of it. */
export type AccountPayment = {
  id: string;
  invoiceId: string;
  amountMinor: number;
  day: string;
  /** It only moves money between the invoice and the customer's credit balance. */
  moves: boolean;
  method: string;
  reference: string | null;
  atMs: number;
};

/** What was paid out of the credit balance; the amount is above 0. */
export type AccountRefund = {
  id: string;
  amountMinor: number;
  day: string;
  method: string | null;
  reference: string | null;
  atMs: number;
};

export type Account = {
  documents: readonly AccountDocument[];
  payments: readonly AccountPayment[];
  refunds: readonly AccountRefund[];
};

/** What changed an account: a document of a kind, or money. */
export const MONEY_KINDS = ["payment", "refund"] as const;
export type MoneyKind = (typeof MONEY_KINDS)[number];
export type EntryKind = DocumentKind | MoneyKind;

/** A change of an account: above 0 what is charged, below 0 what is paid or credited. */
export type Entry = {
  day: string;
  kind: EntryKind;
  /** The document that it is, or that a payment is of. */
  documentId: string | null;
  number: string | null;
  dueDate: string | null;
  /** How it was paid. */
  method: string | null;
  reference: string | null;
  amountMinor: number;
};
export type Balanced = Entry & { balanceMinor: number };

/** What open invoices ask for, by the days since they were due. */
export const AGES = ["current", "days_1_30", "days_31_60", "days_61_90", "days_over_90"] as const;
export type Aging = Record<(typeof AGES)[number], number>;

export type Statement = {
  openingMinor: number;
  entries: Balanced[];
  closingMinor: number;
  /** At the end of the last day; less `heldMinor` it is the closing balance. */
  aging: Aging;
  heldMinor: number;
};

/** The statement of an account from one day to another, both inclusive. */
export function statementOf(account: Account, { from, to }: { from: string; to: string }) {
  const entries = entriesOf(account);
  const openingMinor = sumOf(entries.filter(({ day }) => day < from));
  let balanceMinor = openingMinor;
  const shown = entries
    .filter(({ day }) => day >= from && day <= to)
    .map(({ id: _, atMs: __, ...entry }): Balanced => {
      balanceMinor += entry.amountMinor;
      return { ...entry, balanceMinor };
    });
  const aging = agingAt(account, to);
  const openMinor = AGES.reduce((sum, age) => sum + aging[age], 0);
  return {
    openingMinor,
    entries: shown,
    closingMinor: balanceMinor,
    aging,
    heldMinor: openMinor - balanceMinor,
  } satisfies Statement;
}

function sumOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** With what says when it was written: its id where two are of one time. */
type Timed = Entry & { id: string; atMs: number };

/** All changes of an account in the order of their days, and of a day as they were written. */
function entriesOf({ documents, payments, refunds }: Account): Timed[] {
  const numbers = new Map(documents.map(({ id, number }) => [id, number]));
  const blank = { documentId: null, number: null, dueDate: null, method: null, reference: null };
  const paid = payments
    .filter(({ moves }) => !moves)
    .map(({ invoiceId, amountMinor, moves: _, ...rest }): Timed => {
      const number = numbers.get(invoiceId) ?? null;
      const kind = amountMinor < 0 ? "refund" : "payment";
      return { ...blank, ...rest, kind, documentId: invoiceId, number, amountMinor: -amountMinor };
    });
  const refunded = refunds.map((refund): Timed => ({ ...blank, ...refund, kind: "refund" }));
  return [...charged(documents), ...paid, ...refunded].sort(inTime);
}

type InTime = Pick<Timed, "day" | "atMs" | "id">;

function inTime(a: InTime, b: InTime): number {
  return order(a.day, b.day) || a.atMs - b.atMs || order(madeAt(a.id), madeAt(b.id));
}

/** The part of an id that begins with the time at which it was made. */
function madeAt(id: string): string {
  return id.slice(id.indexOf("_") + 1);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What invoices ask when they are issued, and how much less after each of their credit notes. */
function charged(documents: readonly AccountDocument[]): Timed[] {
  const credited = new Map<string, number>();
  const invoices = new Map(documents.map((one) => [one.id, one]));
  const inOrder = documents.toSorted(inTime);
  return inOrder.map((one): Timed => {
    const { id, kind, credits, number, day, dueDate, originId, atMs, totalMinor } = one;
    const shown = { id, documentId: id, number, method: null, reference: null, day, atMs };
    if (!credits) {
      return { ...shown, kind, dueDate, amountMinor: asked(one, 0) };
    }
    const invoice = originId === null ? undefined : invoices.get(originId);
    if (!invoice) return { ...shown, kind, dueDate: null, amountMinor: -totalMinor };
    const before = credited.get(invoice.id) ?? 0;
    credited.set(invoice.id, before + totalMinor);
    const amountMinor = asked(invoice, before + totalMinor) - asked(invoice, before);
    return { ...shown, kind, dueDate: null, amountMinor };
  });
}

function asked(invoice: AccountDocument, creditedMinor: number): number {
  return askedMinor({ ...invoice, creditedMinor });
}

/** What invoices asked for at the end of a day. */
function agingAt({ documents, payments }: Account, today: string): Aging {
  const credited = new Map<string, number>();
  const paid = new Map<string, number>();
  const add = (to: Map<string, number>, id: string, minor: number) =>
    to.set(id, (to.get(id) ?? 0) + minor);
  for (const { credits, originId, day, totalMinor } of documents) {
    if (credits && originId !== null && day <= today) add(credited, originId, totalMinor);
  }
  for (const { invoiceId, day, amountMinor } of payments) {
    if (day <= today) add(paid, invoiceId, amountMinor);
  }
  const aging = noAging();
  for (const one of documents) {
    if (one.credits || one.day > today) continue;
    const open = asked(one, credited.get(one.id) ?? 0) - (paid.get(one.id) ?? 0);
    if (open > 0) aging[ageOf(one.dueDate ?? one.day, today)] += open;
  }
  return aging;
}

/** An aging of nothing. */
export function noAging(): Aging {
  return { current: 0, days_1_30: 0, days_31_60: 0, days_61_90: 0, days_over_90: 0 };
}

/** How long ago a day was on another. */
export function ageOf(due: string, today: string): keyof Aging {
  if (due >= today) return "current";
  const { days } = Temporal.PlainDate.from(due).until(today, { largestUnit: "day" });
  if (days <= 30) return "days_1_30";
  if (days <= 60) return "days_31_60";
  return days <= 90 ? "days_61_90" : "days_over_90";
}
