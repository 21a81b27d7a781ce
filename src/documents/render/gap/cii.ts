/** Pure. What only CII's rules ask, or ask otherwise than UBL's. */
import { isCiiCountry, isCountryCode } from "../../code/country.ts";
import { enter, has, type Rules } from "./ask.ts";
import { accountOf, isTransfer } from "./payment.ts";

/** CII-SR-470, and the countries of its list. */
export const ciiRules: Rules = (invoice, ask) => {
  countryRules(invoice, ask);
  const { payment } = invoice.model;
  if (!isTransfer(payment)) return;
  ask(has(accountOf(payment)), "CII-SR-470", {
    field: "payment.iban",
    detail: "a transfer names the account that it goes to",
    remedy: enter.inProfile("your IBAN, or the number of your account", "bank"),
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
