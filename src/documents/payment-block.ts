/** How an invoice asks for its money. Pure: the payment block, and what its QR code says. */
import { fixedText } from "../core/decimal.ts";
import { exponentOf } from "../core/money.ts";
import type { PaymentBlock } from "./model.ts";
import type { Bank, Mandate } from "./party.ts";

export type Ask = {
  bank: Bank;
  beneficiary: string;
  mandate: Mandate | null;
  currency: string;
  /** What the code asks for; nothing is asked for at 0. */
  dueMinor: bigint;
  number: string;
};

/** UNCL4461. */
const SEPA_TRANSFER = "58";
const TRANSFER = "30";
const SEPA_DEBIT = "59";
const DEBIT = "49";

export function paymentBlock(ask: Ask): PaymentBlock {
  const { bank, mandate, currency, number } = ask;
  const euro = currency === "EUR";
  const transfer = euro && bank.iban !== null ? SEPA_TRANSFER : TRANSFER;
  return {
    meansCode: mandate ? (euro ? SEPA_DEBIT : DEBIT) : transfer,
    beneficiary: bank.holder ?? ask.beneficiary,
    iban: bank.iban,
    bic: bank.bic,
    bankName: bank.name,
    account: bank.account,
    mandate,
    reference: number,
    url: null,
    qr: mandate || ask.dueMinor <= 0n ? null : qrOf(ask),
  };
}

function qrOf(ask: Ask): PaymentBlock["qr"] {
  const { bank, currency, dueMinor, number } = ask;
  const amount = fixedText(dueMinor, exponentOf(currency));
  const name = bank.holder ?? ask.beneficiary;
  if (currency === "EUR" && bank.iban !== null && dueMinor <= MAX_EPC_MINOR) {
    return { kind: "epc", payload: epcText({ bank, name, amount, number }) };
  }
  if (currency === "INR" && bank.upi !== null) {
    const query = { pa: bank.upi, pn: name, am: amount, cu: "INR", tn: number };
    const pairs = Object.entries(query).map(([key, text]) => `${key}=${encodeURIComponent(text)}`);
    return { kind: "upi", payload: `upi://pay?${pairs.join("&")}` };
  }
  return null;
}

/** EPC069-12 section 3: at most 999,999,999.99 euro. */
const MAX_EPC_MINOR = 99_999_999_999n;
const MAX_EPC_NAME = 70;

// EPC069-12, version 002: the BIC may be empty; text, not a structured reference.
function epcText(of: { bank: Bank; name: string; amount: string; number: string }): string {
  const { bank, name, amount, number } = of;
  const head = ["BCD", "002", "1", "SCT", bank.bic ?? "", name.slice(0, MAX_EPC_NAME)];
  return [...head, bank.iban ?? "", `EUR${amount}`, "", "", number].join("\n");
}
