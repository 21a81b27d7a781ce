/**
 * Pure. What EN 16931 asks of seller, buyer and the place of delivery: names, addresses and
 * identifiers. The VAT ids of both are no part of a document outside VAT (BR-O-02).
 */
import { isCountryCode, isVatPrefix } from "../../code/country.ts";
import { isAddressScheme } from "../../code/eas.ts";
import { isIcdScheme } from "../../code/icd.ts";
import type { Address, Party } from "../../model/model.ts";
import { identifiersOf } from "../einvoice/semantic.ts";
import { type Ask, enter, has, hasAddress, isSame, type Rules } from "./ask.ts";

/** Who a rule is about, and where what it lacks is entered. */
export type Side = {
  path: "seller" | "buyer";
  /** "the seller" */
  who: string;
  /** "your" */
  whose: string;
  enter: (what: string, name: string) => string;
};

export const SELLER: Side = {
  path: "seller",
  who: "the seller",
  whose: "your",
  enter: enter.inProfile,
};
export const BUYER: Side = {
  path: "buyer",
  who: "the buyer",
  whose: "the customer's",
  enter: enter.ofCustomer,
};

/** BR-06 to BR-11, BR-CO-09, BR-CO-26, BR-CL-10, -11, -14 and -25, of seller and buyer. */
export const partyRules: Rules = ({ model, outsideVat }, ask) => {
  const { seller, buyer } = model;
  askName(SELLER, seller, "BR-06", ask);
  askName(BUYER, buyer, "BR-07", ask);
  askCountry(SELLER, seller.address, ["BR-08", "BR-09"], ask);
  askCountry(BUYER, buyer.address, ["BR-10", "BR-11"], ask);
  const identified =
    (!outsideVat && has(seller.vatId)) ||
    has(seller.legalId?.value) ||
    identifiersOf(seller, true, outsideVat).length > 0;
  ask(identified, "BR-CO-26", {
    field: outsideVat ? "seller.legal_id" : "seller.vat_id",
    detail: outsideVat
      ? "the seller has a legal registration, since nothing here is subject to VAT and so no VAT " +
        "id is sent"
      : "the seller has a VAT id or a legal registration",
    remedy: outsideVat
      ? enter.inProfile("your registration in a company or tax register", "legal_id")
      : enter.inProfile("your VAT id, or your registration number", "vat_id or legal_id"),
  });
  for (const [side, party] of [
    [SELLER, seller],
    [BUYER, buyer],
  ] as const) {
    askIdentifiers(side, party, outsideVat, ask);
  }
};

function askName(side: Side, { name }: Party, rule: string, ask: Ask): void {
  ask(has(name), rule, {
    field: `${side.path}.name`,
    detail: `${side.who} has a name`,
    remedy: side.enter(`${side.whose} name`, side.path === "seller" ? "legal_name" : "name"),
  });
}

function askCountry(
  side: Side,
  address: Address,
  [group, country]: readonly [string, string],
  ask: Ask,
): void {
  ask(has(address.country), hasAddress(address) ? country : [group, country], {
    field: `${side.path}.address.country`,
    detail: `${side.who} has a country`,
    remedy: side.enter(`the country of ${side.whose} address`, "address.country"),
  });
  askCountryCode(`${side.path}.address.country`, address, ask, (what) =>
    side.enter(what, "address.country"),
  );
}

/** BR-CL-14 for an address that names a country. */
export function askCountryCode(
  field: string,
  { country }: Address,
  ask: Ask,
  remedy: (what: string) => string,
): void {
  if (!has(country)) return;
  ask(isCountryCode(country), "BR-CL-14", {
    field,
    detail: `${country} is no country of ISO 3166-1`,
    remedy: remedy("a country as ISO 3166-1 has it, such as DE, or GB for the United Kingdom"),
  });
}

function askIdentifiers(side: Side, party: Party, outsideVat: boolean, ask: Ask): void {
  const { vatId, legalId, electronicAddress: electronic } = party;
  if (!outsideVat && has(vatId)) {
    ask(isVatPrefix(vatId.slice(0, 2)), "BR-CO-09", {
      field: `${side.path}.vat_id`,
      detail: "a VAT id begins with its country's code (EL for Greece)",
      remedy: side.enter(`${side.whose} VAT id with its country's code`, "vat_id"),
    });
  }
  if (has(legalId?.value) && legalId?.scheme) {
    ask(isIcdScheme(legalId.scheme), "BR-CL-11", {
      field: `${side.path}.legal_id.scheme`,
      detail: `${legalId.scheme} is no scheme of ISO 6523`,
      remedy: side.enter("the scheme's code, such as 0204, or none", "legal_id.scheme"),
    });
  }
  if (has(electronic?.value)) {
    ask(isAddressScheme(electronic?.scheme ?? ""), "BR-CL-25", {
      field: `${side.path}.electronic_address.scheme`,
      detail: `${electronic?.scheme} is no scheme of electronic addresses`,
      remedy: side.enter("a code of the EAS list, such as 0088", "electronic_address.scheme"),
    });
  }
}

/** What is said of a payee that is the seller. */
export const IS_SELLER = {
  field: "payee.name",
  detail: "who is paid is somebody else than the seller",
  remedy: "Leave the payee out of your profile (Settings, Profile; payee of PUT /api/issuer).",
};

/** BR-17, BR-18 and BR-CO-09: who is paid, and who answers for the seller's tax. */
export const othersRules: Rules = ({ model, outsideVat }, ask) => {
  const { payee, taxRepresentative } = model;
  if (payee) {
    ask(has(payee.name), "BR-17", {
      field: "payee.name",
      detail: "who is paid instead of the seller has a name",
      remedy: enter.inProfile("the name of who is paid", "payee.name"),
    });
    ask(!isSame(payee.name, model.seller.name), "BR-17", IS_SELLER);
  }
  if (!taxRepresentative || outsideVat) return;
  ask(has(taxRepresentative.name), "BR-18", {
    field: "tax_representative.name",
    detail: "a tax representative has a name",
    remedy: enter.inProfile("the name of your tax representative", "tax_representative.name"),
  });
  ask(isVatPrefix(taxRepresentative.vatId.slice(0, 2)), "BR-CO-09", {
    field: "tax_representative.vat_id",
    detail: "a VAT id begins with its country's code (EL for Greece)",
    remedy: enter.inProfile("the whole VAT id", "tax_representative.vat_id"),
  });
};

/** BR-57 and BR-CL-14 of the place of delivery. */
export const deliveryRules: Rules = ({ model }, ask) => {
  const address = model.shipTo?.address;
  if (!address || !hasAddress(address)) return;
  const field = "ship_to.address.country";
  const remedy = (what: string) => enter.ofCustomer(what, "shipping.address.country");
  ask(has(address.country), "BR-57", {
    field,
    detail: "an address that is delivered to names its country",
    remedy: remedy("the country that you deliver to"),
  });
  askCountryCode(field, address, ask, remedy);
};
