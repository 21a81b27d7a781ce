/** Pure. Which days documents and payments may name: near enough that somebody means them. */
import { Temporal } from "temporal-polyfill";
import { invalidField } from "../../core/errors.ts";
import type { DocumentContent } from "./content.ts";

/** How far money may be dated ahead, such as a direct debit that is announced. */
const MONEY_DAYS_AHEAD = 31;
/** How far back a refund may be dated; an invoice's payment goes back to its issue date. */
const MONEY_YEARS_BACK = 10;
/** How far an invoice may be due, or a quote valid. */
const TERM_YEARS_AHEAD = 10;
/** How far deliveries, periods and rates may lie from today, before and after. */
const YEARS_AWAY = 20;

/** Errors: 422 at `pointer` where money is dated too far from today; days are ISO dates. */
export function insistPaymentDay(day: string, today: string, pointer: string): void {
  const last = moved(today, { days: MONEY_DAYS_AHEAD });
  if (day > last) throw invalidField(pointer, `is at most ${MONEY_DAYS_AHEAD} days ahead, ${last}`);
  const first = moved(today, { years: -MONEY_YEARS_BACK });
  if (day < first) throw invalidField(pointer, `is at most ${MONEY_YEARS_BACK} years back`);
}

/** Errors: 422 naming the first day of a draft that is too far from today. */
export function insistNearDays(content: DocumentContent, today: string): void {
  const latest = moved(today, { years: TERM_YEARS_AHEAD });
  const ends = [
    ["/due_date", content.dueDate],
    ["/valid_until", content.validUntil],
  ] as const;
  for (const [pointer, day] of ends) {
    if (day !== null && day > latest) {
      throw invalidField(pointer, `is at most ${TERM_YEARS_AHEAD} years ahead`);
    }
  }
  const [first, last] = [-YEARS_AWAY, YEARS_AWAY].map((years) => moved(today, { years }));
  for (const [pointer, day] of namedDays(content)) {
    if (day < (first ?? day) || day > (last ?? day)) {
      throw invalidField(pointer, `is at most ${YEARS_AWAY} years from today`);
    }
  }
}

/** Days that say when something was, with the pointer of each. */
function namedDays({ deliveryDate, period, lines, accounting }: DocumentContent) {
  const single: [string, string | null | undefined][] = [
    ["/delivery_date", deliveryDate],
    ["/period/start", period?.start],
    ["/period/end", period?.end],
    ["/accounting/date", accounting?.date],
  ];
  const ofLines = lines.flatMap(({ period: range }, i): typeof single => [
    [`/lines/${i}/period/start`, range?.start],
    [`/lines/${i}/period/end`, range?.end],
  ]);
  return [...single, ...ofLines].flatMap(([pointer, day]): [string, string][] =>
    day ? [[pointer, day]] : [],
  );
}

function moved(day: string, by: { days?: number; years?: number }): string {
  return Temporal.PlainDate.from(day).add(by).toString();
}
