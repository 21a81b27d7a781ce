/** Pure. Whose national rules Peppol applies: by VAT ids first, by address where there is none. */
import type { Party } from "../../model/model.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { has } from "./ask.ts";

function countryOf(vatIds: readonly (string | null | undefined)[], { address }: Party) {
  const vatId = vatIds.find(has);
  return vatId === undefined ? address.country : vatId.trim().slice(0, 2).toUpperCase();
}

/** True where the seller's country, as Peppol sees it, is one of those given. */
export function isSellerFrom(
  { model, outsideVat }: SemanticInvoice,
  ...countries: readonly string[]
): boolean {
  const { seller, taxRepresentative } = model;
  const vatIds = outsideVat ? [] : [seller.vatId, taxRepresentative?.vatId];
  return countries.includes(countryOf(vatIds, seller) ?? "");
}

/** True where the buyer's country, as Peppol sees it, is one of those given. */
export function isBuyerFrom(
  { model, outsideVat }: SemanticInvoice,
  ...countries: readonly string[]
): boolean {
  const { buyer } = model;
  return countries.includes(countryOf(outsideVat ? [] : [buyer.vatId], buyer) ?? "");
}
