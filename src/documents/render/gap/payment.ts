/** Pure. What EN 16931 asks of how a document is paid, and until when. */
import type { PaymentBlock } from "../../model/model.ts";
import { enter, has, type Rules } from "./ask.ts";

/** True where the means is a transfer to an account (BG-17). */
export function isTransfer(payment: PaymentBlock | null): boolean {
  return payment !== null && ["30", "31", "42", "58"].includes(payment.meansCode);
}

/** True where the money is debited (BG-19). */
export function isDebit(payment: PaymentBlock | null): boolean {
  return payment !== null && ["49", "59"].includes(payment.meansCode);
}

/** The account that a transfer goes to: its IBAN, or the first line of an account without one. */
export function accountOf(payment: PaymentBlock | null): string | null {
  return payment?.iban ?? payment?.account[0]?.value ?? null;
}

/** BR-CO-25 and BR-61. */
export const paymentRules: Rules = ({ model, sums }, ask) => {
  const { dates, terms, payment } = model;
  if (Number(sums.due) > 0) {
    ask(dates.due || has(terms), "BR-CO-25", {
      field: "due_date",
      detail: "an amount to be paid has a due date or payment terms",
      remedy: enter.inDocument(model, "when it is due, or payment terms", "due_date or terms"),
    });
  }
  if (isTransfer(payment)) {
    ask(has(accountOf(payment)), "BR-61", {
      field: "payment.iban",
      detail: "a transfer names the account that it goes to",
      remedy: enter.inProfile("your IBAN, or the number of your account", "bank"),
    });
  }
};
