/** Credits as Lago's clients read wallets: a credit of theirs is a unit of the currency. Pure. */
import type { CreditBalance } from "../../billing/credit/credit-store.ts";
import { moneyText } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { uuidOf } from "./uuid.ts";

/** A credit as a wallet, at its tenant's time. */
export function showWallet(credit: CreditBalance, externalCustomerId: string, nowMs: number) {
  const { currency, amountMinor, leftMinor, expiresMs, kind, note } = credit;
  const isOver = expiresMs !== null && expiresMs <= nowMs;
  const text = (minor: number) => moneyText(BigInt(minor), currency);
  const orNull = (ms: number | null) => (ms === null ? null : timeText(ms));
  return {
    lago_id: uuidOf(credit.id),
    lago_customer_id: uuidOf(credit.tenant),
    external_customer_id: externalCustomerId,
    status: isOver ? "terminated" : "active",
    currency,
    name: note || kind,
    rate_amount: "1.0",
    credits_balance: text(leftMinor),
    balance_cents: leftMinor,
    consumed_credits: text(amountMinor - leftMinor),
    credits_ongoing_balance: text(leftMinor),
    credits_ongoing_usage_balance: text(0),
    ongoing_balance_cents: leftMinor,
    ongoing_usage_balance_cents: 0,
    invoice_requires_successful_payment: false,
    created_at: timeText(credit.createdMs),
    expiration_at: orNull(expiresMs),
    terminated_at: isOver ? orNull(expiresMs) : null,
    recurring_transaction_rules: [],
  };
}
