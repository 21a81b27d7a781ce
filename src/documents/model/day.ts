/** Pure. Which days documents and payments may name: near enough that somebody means them. */
import { Temporal } from "temporal-polyfill";
import { invalidField } from "../../core/errors.ts";
import type { DocumentContent } from "./content.ts";

/** How far money may be dated ahead, such as a direct debit that is announced. */
const MONEY_DAYS_AHEAD = 31;
/** How far back a refund may be dated; an invoice's payment goes back to its issue date. */
const MONEY_YEARS_BACK = 10;
/** How far the days of a document may lie from today, before and after. */
const YEARS_AWAY = 100;

/** Errors: 422 at `pointer` where money is dated too far from today; days are ISO dates. */
export function insistPaymentDay(day: string, today: string, pointer: string): void {
  const last = moved(today, { days: MONEY_DAYS_AHEAD });
  if (day > last) throw invalidField(pointer, `is at most ${MONEY_DAYS_AHEAD} days ahead, ${last}`);
  const first = moved(today, { years: -MONEY_YEARS_BACK });
  if (day < first) throw invalidField(pointer, `is at most ${MONEY_YEARS_BACK} years back`);
}

/** Errors: 422 naming the first day of a draft that is too far from today. */
export function insistNearDays(content: DocumentContent, today: string): void {
  const first = moved(today, { years: -YEARS_AWAY });
  const last = moved(today, { years: YEARS_AWAY });
  for (const [pointer, day] of namedDays(content)) {
    if (day !== null && day !== undefined && (day < first || day > last)) {
      throw invalidField(pointer, `is at most ${YEARS_AWAY} years from today`);
    }
  }
}

/** Every day of a draft with its pointer. */
function namedDays(content: DocumentContent): [string, string | null | undefined][] {
  const { dueDate, validUntil, deliveryDate, period, accounting, lines } = content;
  return [
    ["/due_date", dueDate],
    ["/valid_until", validUntil],
    ["/delivery_date", deliveryDate],
    ["/period/start", period?.start],
    ["/period/end", period?.end],
    ["/accounting/date", accounting?.date],
    ...lines.flatMap(({ period: range }, i): [string, string | undefined][] => [
      [`/lines/${i}/period/start`, range?.start],
      [`/lines/${i}/period/end`, range?.end],
    ]),
  ];
}

function moved(day: string, by: { days?: number; years?: number }): string {
  return Temporal.PlainDate.from(day).add(by).toString();
}
