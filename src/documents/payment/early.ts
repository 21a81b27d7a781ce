/** A payment within a cash discount: a credit note gives the rest, and the invoice is paid. */
import { Temporal } from "temporal-polyfill";
import type { Actor } from "../../accounts/actor/actor.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { moneyText } from "../../core/money.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Settled, settledBy } from "../balance/settled.ts";
import { formatterIn } from "../language/format.ts";
import { labelsFor } from "../language/registry.ts";
import { creditBesidePayment } from "../lifecycle/credit.ts";
import { type CashDiscount, discounted } from "../model/settlement.ts";
import { type Document, openMinor, settlementOf } from "../store/row.ts";
import type { PaymentRow } from "../store/table.ts";

/** What an invoice is with a payment, and further statements of its batch. */
export type Effect = { settled: Settled; statements: D1PreparedStatement[] };

/**
 * What becomes of an invoice by a payment within one of its cash discounts: it is paid, and a
 * credit note gives what is saved, with its tax, of everything in proportion. Errors: 409 where
 * something was paid or credited before, 422 where no discount is offered on that day or it leaves
 * another amount to pay.
 */
export async function settledEarly(
  env: Env,
  actor: Actor,
  invoice: Document,
  payment: PaymentRow,
): Promise<Effect> {
  const { discount, savedMinor } = discountTaken(invoice, payment);
  if (savedMinor === 0n) return { settled: settledBy(invoice, paidBy(payment)), statements: [] };
  const credit = await creditBesidePayment(env, actor, invoice, {
    amountMinor: savedMinor,
    reason: reasonOf(invoice, discount),
  });
  const { creditedMinor, statements } = credit;
  return { settled: settledBy(invoice, { ...paidBy(payment), creditedMinor }), statements };
}

function paidBy({ amountMinor }: PaymentRow) {
  return { paidMinor: amountMinor };
}

function discountTaken(
  invoice: Document,
  { amountMinor, paidOn }: PaymentRow,
): { discount: CashDiscount; savedMinor: bigint } {
  const { issueDate, currency, roundingStepMinor } = invoice;
  const { cashDiscounts } = settlementOf(invoice);
  if (cashDiscounts.length === 0) {
    throw invalidField("/cash_discount", "the invoice offers no cash discount");
  }
  insistUnsettled(invoice);
  const issued = Temporal.PlainDate.from(issueDate ?? paidOn);
  const due = openMinor(invoice);
  const offers = cashDiscounts.map((discount) => ({
    ...discounted(discount, due, roundingStepMinor ?? 0),
    discount,
    until: issued.add({ days: discount.days }).toString(),
  }));
  const open = offers.filter(({ until }) => paidOn <= until);
  const last = offers.at(-1)?.until ?? "";
  if (open.length === 0) {
    throw invalidField("/paid_on", `is after the last day of the cash discount, ${last}`);
  }
  const taken = open.find(({ payMinor }) => payMinor === BigInt(amountMinor));
  if (taken) return taken;
  const amounts = open.map(
    ({ payMinor, until }) => `${moneyText(payMinor, currency)} until ${until}`,
  );
  throw invalidField("/amount", `is with the cash discount ${amounts.join(", or ")}`);
}

/** The discount is of the whole amount due, which a part that was settled before takes away. */
function insistUnsettled({ paidMinor, creditedMinor }: Document): void {
  const settled = creditedMinor !== 0 ? "credited" : paidMinor !== 0 ? "paid" : null;
  if (settled === null) return;
  const why = `a part of the invoice is ${settled}: book the payment without cash_discount`;
  throw new Problem("resource.conflict", `${why}, and credit what is given beside it`);
}

/** "Skonto 2,5 %": what the credit note says, in the invoice's own language. */
function reasonOf({ language, currency, buyer }: Document, { percent }: CashDiscount): string {
  const format = formatterIn(language, buyer?.party.address.country ?? null, currency);
  return `${labelsFor(language).sums.cashDiscount} ${format.percent(percent)}`;
}
