/** Pure. What a line says of its item and its price, in UBL; the order is that of the schema. */
import type { SemanticLine } from "./semantic.ts";
import { branch, leaf } from "./xml.ts";

/** Description, name, ids and origin of the item: what stands before its classification. */
export function itemNames({ name, description, particulars }: SemanticLine): string {
  const { standardItemId: standard } = particulars;
  return [
    leaf("cbc:Description", description),
    leaf("cbc:Name", name),
    branch("cac:BuyersItemIdentification", leaf("cbc:ID", particulars.buyerItemId)),
    branch("cac:SellersItemIdentification", leaf("cbc:ID", particulars.sellerItemId)),
    branch(
      "cac:StandardItemIdentification",
      leaf("cbc:ID", standard?.value, standard ? { schemeID: standard.scheme } : {}),
    ),
    branch("cac:OriginCountry", leaf("cbc:IdentificationCode", particulars.originCountry)),
  ].join("");
}

/** The item's attributes (BG-32), behind its tax. */
export function itemProperties({ particulars: { attributes = [] } }: SemanticLine): string {
  return attributes
    .map(({ name, value }) =>
      branch("cac:AdditionalItemProperty", leaf("cbc:Name", name), leaf("cbc:Value", value)),
    )
    .join("");
}

/** BG-29; the discount is the price's own. */
export function linePrice(
  { price, gross, baseQuantity, unitCode }: SemanticLine,
  currencyID: string,
) {
  return branch(
    "cac:Price",
    leaf("cbc:PriceAmount", price, { currencyID }),
    leaf("cbc:BaseQuantity", baseQuantity, { unitCode }),
    gross
      ? branch(
          "cac:AllowanceCharge",
          leaf("cbc:ChargeIndicator", "false"),
          leaf("cbc:Amount", gross.discount, { currencyID }),
          leaf("cbc:BaseAmount", gross.price, { currencyID }),
        )
      : "",
  );
}
