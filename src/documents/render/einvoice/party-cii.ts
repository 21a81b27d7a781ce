/** Pure. What a seller or a buyer is known by beside its names, and others, in CII. */
import type { Address, DocumentModel, Party } from "../../model/model.ts";
import type { Identifier, Payee } from "../../model/particulars.ts";
import { identifiersOf } from "./semantic.ts";
import { branch, leaf } from "./xml.ts";

/** BT-29 or BT-46: identifiers without a scheme first, as the schema has them. */
export function partyIds(party: Party, seller: boolean, outsideVat: boolean): string {
  const ids = identifiersOf(party, seller, outsideVat);
  return [
    ...ids.filter(({ scheme }) => scheme === null).map(identifier),
    ...ids.filter(({ scheme }) => scheme !== null).map(identifier),
  ].join("");
}

function identifier({ scheme, value }: Identifier): string {
  if (scheme === null) return leaf("ram:ID", value);
  return leaf("ram:GlobalID", value, { schemeID: scheme });
}

/** BT-33, of a seller. */
export function legalInformation(party: Party, seller: boolean): string {
  return seller ? leaf("ram:Description", party.legalInformation) : "";
}

/** BG-10. */
export function payeeParty(payee: Payee | undefined): string {
  if (!payee) return "";
  const { name, id, legalId } = payee;
  return branch(
    "ram:PayeeTradeParty",
    id ? identifier(id) : "",
    leaf("ram:Name", name),
    branch(
      "ram:SpecifiedLegalOrganization",
      leaf("ram:ID", legalId?.value, legalId?.scheme ? { schemeID: legalId.scheme } : {}),
    ),
  );
}

/** BG-11; left out where nothing is subject to VAT (BR-O-02). */
export function representativeParty(
  { taxRepresentative }: DocumentModel,
  outsideVat: boolean,
  address: (address: Address) => string,
): string {
  if (!taxRepresentative || outsideVat) return "";
  return branch(
    "ram:SellerTaxRepresentativeTradeParty",
    leaf("ram:Name", taxRepresentative.name),
    address(taxRepresentative.address),
    branch(
      "ram:SpecifiedTaxRegistration",
      leaf("ram:ID", taxRepresentative.vatId, { schemeID: "VA" }),
    ),
  );
}
