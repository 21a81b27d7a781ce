/** What a life came to, in one shape for the model and for the product: text, in a fixed order. */
import type { Bill } from "./bill.ts";
import { plain } from "./exact.ts";
import type { Life } from "./life.ts";
import { leftIn, type Model } from "./model.ts";
import type { Line } from "./price.ts";

export type Result = { periods: string[]; documents: string[]; credits: string[] };

/** The parts of a result in an order that does not depend on when they were made. */
export function resultOf(parts: {
  periods: object[];
  documents: object[];
  credits: object[];
}): Result {
  const texts = (list: object[]) => list.map((one) => JSON.stringify(one));
  return {
    periods: texts(parts.periods),
    documents: texts(parts.documents).sort(),
    credits: texts(parts.credits).sort(),
  };
}

/** Lines by their text. */
export function sorted(lines: object[]): object[] {
  return lines
    .map((line) => JSON.stringify(line))
    .sort()
    .map((text) => JSON.parse(text));
}

const time = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");

/** What the model came to. */
export function modelResult(model: Model, { places }: Life): Result {
  const money = (minor: bigint) => Number(plain(minor, places));
  return resultOf({
    periods: model.periods.map((period) => ({
      number: period.number,
      kind: period.kind,
      start: time(period.start),
      end: time(period.end),
      closed: time(period.closedAt),
      net: money(period.net),
      document: period.bill && `${period.bill.kind} ${money(period.bill.total)}`,
      lines: linesOf(period.lines, places),
    })),
    documents: model.bills.map((bill) => documentOf(bill, places)),
    credits: model.wallets.map((wallet) => ({
      kind: wallet.kind,
      expires: wallet.expires === null ? null : time(wallet.expires),
      amount: money(wallet.amount),
      left: money(leftIn(wallet)),
    })),
  });
}

/** A statement's lines. */
export function linesOf(lines: readonly Line[], places: number): object[] {
  return sorted(
    lines.map(({ kind, metric, quantity, unitPrice, flat, amount, start, end, tier }) => ({
      kind,
      metric,
      quantity: Number(quantity),
      unit_price: Number(unitPrice),
      flat_fee: Number(flat),
      amount: Number(plain(amount, places)),
      start: time(start),
      end: time(end),
      tier,
    })),
  );
}

function documentOf(bill: Bill, places: number): object {
  const money = (minor: bigint) => Number(plain(minor, places));
  return {
    kind: bill.kind,
    issued: bill.issued,
    period: bill.period,
    total: money(bill.total),
    net: money(bill.net),
    tax: money(bill.tax),
    origin: bill.origin && money(bill.origin.total),
    prepaid: money(bill.prepaid),
    credited: money(bill.credited),
    lines: sorted(
      bill.lines.map(({ amount, percent, from, to }) => ({
        amount: money(amount),
        percent: Number(percent),
        from,
        to,
      })),
    ),
    discounts: sorted(bill.discounts.map(({ amount }) => ({ amount: money(amount) }))),
    taxes: sorted(
      bill.groups.map(({ percent, base, tax }) => ({
        percent: Number(percent),
        base: money(base),
        amount: money(tax),
      })),
    ),
  };
}
