/** Pure. Whose national rules Peppol applies: by VAT id first, by address where there is none. */
import type { Party } from "../../model/model.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { has } from "./ask.ts";

function countryOf({ vatId, address }: Party, outsideVat: boolean): string | null {
  if (!outsideVat && has(vatId)) return vatId.trim().slice(0, 2).toUpperCase();
  return address.country;
}

/** True where the seller's country, as Peppol sees it, is one of those given. */
export function isSellerFrom(
  { model, outsideVat }: SemanticInvoice,
  ...countries: readonly string[]
): boolean {
  return countries.includes(countryOf(model.seller, outsideVat) ?? "");
}

/** True where the buyer's country, as Peppol sees it, is one of those given. */
export function isBuyerFrom(
  { model, outsideVat }: SemanticInvoice,
  ...countries: readonly string[]
): boolean {
  return countries.includes(countryOf(model.buyer, outsideVat) ?? "");
}
