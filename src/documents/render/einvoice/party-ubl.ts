/** Pure. What a seller or a buyer is known by beside its names, and others, in UBL. */
import type { Address, DocumentModel, Party } from "../../model/model.ts";
import type { Payee } from "../../model/particulars.ts";
import { identifiersOf } from "./semantic.ts";
import { branch, leaf } from "./xml.ts";

const schemed = (scheme: string | null | undefined) => (scheme ? { schemeID: scheme } : {});

/** BT-29 or BT-46. */
export function partyIds(party: Party, seller: boolean, outsideVat: boolean): string {
  return identifiersOf(party, seller, outsideVat)
    .map(({ scheme, value }) =>
      branch("cac:PartyIdentification", leaf("cbc:ID", value, schemed(scheme))),
    )
    .join("");
}

/** BT-33, of a seller. */
export function legalInformation(party: Party, seller: boolean): string {
  return seller ? leaf("cbc:CompanyLegalForm", party.legalInformation) : "";
}

/** BG-10. */
export function payeeParty(payee: Payee | undefined): string {
  if (!payee) return "";
  const { name, id, legalId } = payee;
  return branch(
    "cac:PayeeParty",
    branch("cac:PartyIdentification", leaf("cbc:ID", id?.value, schemed(id?.scheme))),
    branch("cac:PartyName", leaf("cbc:Name", name)),
    branch("cac:PartyLegalEntity", leaf("cbc:CompanyID", legalId?.value, schemed(legalId?.scheme))),
  );
}

/** BG-11; left out where nothing is subject to VAT (BR-O-02). */
export function representativeParty(
  { taxRepresentative }: DocumentModel,
  outsideVat: boolean,
  address: (name: string, address: Address) => string,
): string {
  if (!taxRepresentative || outsideVat) return "";
  return branch(
    "cac:TaxRepresentativeParty",
    branch("cac:PartyName", leaf("cbc:Name", taxRepresentative.name)),
    address("cac:PostalAddress", taxRepresentative.address),
    branch(
      "cac:PartyTaxScheme",
      leaf("cbc:CompanyID", taxRepresentative.vatId),
      branch("cac:TaxScheme", leaf("cbc:ID", "VAT")),
    ),
  );
}
