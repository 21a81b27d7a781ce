/** How an invoice asks for its money. Pure: the payment block, and what its QR code says. */
import { fixedText } from "../../../core/decimal.ts";
import { exponentOf } from "../../../core/money.ts";
import type { PaymentBlock } from "../../model/model.ts";
import type { Bank, Mandate } from "../../model/party.ts";

export type Ask = {
  /** Null: it is paid only online. */
  bank: Bank | null;
  /** Where to pay online, or null. */
  url: string | null;
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
const ONLINE = "68";

/** How the amount is to be paid: the means, the account, the mandate, and what the QR code says. */
export function paymentBlock(ask: Ask): PaymentBlock {
  const { bank, mandate, number, url } = ask;
  return {
    meansCode: meansOf(ask),
    beneficiary: bank?.holder ?? ask.beneficiary,
    iban: bank?.iban ?? null,
    bic: bank?.bic ?? null,
    bankName: bank?.name ?? null,
    account: bank?.account ?? [],
    mandate,
    reference: number,
    url: mandate ? null : url,
    qr: mandate || ask.dueMinor <= 0n ? null : qrOf(ask),
  };
}

function meansOf({ bank, mandate, currency }: Ask): string {
  const euro = currency === "EUR";
  if (mandate) return euro ? SEPA_DEBIT : DEBIT;
  if (!bank) return ONLINE;
  return euro && bank.iban !== null ? SEPA_TRANSFER : TRANSFER;
}

/** The code of a transfer where there is one, since every bank reads it; else of the pay page. */
function qrOf(ask: Ask): PaymentBlock["qr"] {
  const { bank, url } = ask;
  const transfer = bank && transferQr({ ...ask, bank });
  return transfer ?? (url === null ? null : { kind: "link", payload: url });
}

function transferQr(ask: Ask & { bank: Bank }): PaymentBlock["qr"] {
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
function epcText(transfer: { bank: Bank; name: string; amount: string; number: string }): string {
  const { bank, name, amount, number } = transfer;
  const head = ["BCD", "002", "1", "SCT", bank.bic ?? "", name.slice(0, MAX_EPC_NAME)];
  return [...head, bank.iban ?? "", `EUR${amount}`, "", "", number].join("\n");
}
