/** The address of an issuer's own pay page. Pure: a template, filled in for an invoice. */
import { fixedText } from "../../core/decimal.ts";
import { exponentOf } from "../../core/money.ts";

/** What an address is made for; the amount is what is open. */
export type Payable = { id: string; number: string; currency: string; dueMinor: bigint };

// Each is percent-encoded where it is filled in.
const PLACEHOLDERS = {
  "{invoice_id}": ({ id }: Payable) => id,
  "{number}": ({ number }: Payable) => number,
  "{amount}": ({ dueMinor, currency }: Payable) => fixedText(dueMinor, exponentOf(currency)),
  "{amount_minor}": ({ dueMinor }: Payable) => dueMinor.toString(),
  "{currency}": ({ currency }: Payable) => currency,
};
export const PAY_PLACEHOLDERS = Object.keys(PLACEHOLDERS) as (keyof typeof PLACEHOLDERS)[];

/** The address at which an invoice is paid. */
export function payUrl(template: string, payable: Payable): string {
  return PAY_PLACEHOLDERS.reduce(
    (url, name) => url.replaceAll(name, encodeURIComponent(PLACEHOLDERS[name](payable))),
    template,
  );
}

const SAMPLE: Payable = { id: "inv_1", number: "INV-1", currency: "EUR", dueMinor: 100n };

/** True for an https address whose host is its own and whose braces are all known placeholders. */
export function isPayTemplate(template: string): boolean {
  const filled = payUrl(template, SAMPLE);
  if (/[{}\s]/.test(filled) || !URL.canParse(filled)) return false;
  const { protocol, username, password } = new URL(filled);
  const host = /^https:\/\/([^/?#]+)/i.exec(template)?.[1] ?? "";
  return protocol === "https:" && host !== "" && !host.includes("{") && !username && !password;
}
