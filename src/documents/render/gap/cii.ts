/** Pure. What only CII's rules ask, or ask otherwise than UBL's. */
import { isCiiCountry, isCountryCode } from "../../code/country.ts";
import { identifiersOf } from "../einvoice/semantic.ts";
import { enter, has, isSame, type Rules } from "./ask.ts";
import { IS_SELLER } from "./party.ts";
import { accountOf, isTransfer } from "./payment.ts";

/** CII-SR-470, BR-17 by a payee's identifiers, and the countries of its list. */
export const ciiRules: Rules = (invoice, ask) => {
  countryRules(invoice, ask);
  payeeRules(invoice, ask);
  const { payment } = invoice.model;
  if (!isTransfer(payment)) return;
  ask(has(accountOf(payment)), "CII-SR-470", {
    field: "payment.iban",
    detail: "a transfer names the account that it goes to",
    remedy: enter.inProfile("your IBAN, or the number of your account", "bank"),
  });
};

/** Identifiers without a scheme and registrations are compared; those with a scheme are not. */
const payeeRules: Rules = ({ model, outsideVat }, ask) => {
  const { payee, seller } = model;
  if (!payee) return;
  const own = identifiersOf(seller, true, outsideVat).filter(({ scheme }) => scheme === null);
  const id = payee.id?.scheme === null ? payee.id.value : null;
  ask(!own.some(({ value }) => isSame(value, id)), "BR-17", { ...IS_SELLER, field: "payee.id" });
  ask(!isSame(payee.legalId?.value, seller.legalId?.value), "BR-17", {
    ...IS_SELLER,
    field: "payee.legal_id",
  });
};

/** Countries that only the newer rules of UBL know; CII's do not yet. */
const countryRules: Rules = ({ model }, ask) => {
  const { seller, buyer, shipTo } = model;
  for (const [field, address] of [
    ["seller.address.country", seller.address],
    ["buyer.address.country", buyer.address],
    ["ship_to.address.country", shipTo?.address],
  ] as const) {
    const country = address?.country;
    if (!has(country) || !isCountryCode(country)) continue;
    ask(isCiiCountry(country), "BR-CL-14", {
      field,
      detail: `CII's list of countries does not have ${country} yet`,
      remedy: "Send this document in a UBL format (ubl, peppol or xrechnung-ubl).",
    });
  }
};
