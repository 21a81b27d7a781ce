/** Pure. What a line says of its item and its price, in CII; the order is that of the schema. */
import type { SemanticLine } from "./semantic.ts";
import { branch, leaf } from "./xml.ts";

/** Its place and its note (BT-126, BT-127). */
export function lineDocument({ id, particulars }: SemanticLine): string {
  return branch(
    "ram:AssociatedDocumentLineDocument",
    leaf("ram:LineID", id),
    branch("ram:IncludedNote", leaf("ram:Content", particulars.note)),
  );
}

/** The item, by its ids, name, attributes, classification and origin (BG-31, BG-32). */
export function product({ name, description, classification, particulars }: SemanticLine): string {
  const { standardItemId: standard, attributes = [] } = particulars;
  return branch(
    "ram:SpecifiedTradeProduct",
    leaf("ram:GlobalID", standard?.value, standard ? { schemeID: standard.scheme } : {}),
    leaf("ram:SellerAssignedID", particulars.sellerItemId),
    leaf("ram:BuyerAssignedID", particulars.buyerItemId),
    leaf("ram:Name", name),
    leaf("ram:Description", description),
    ...attributes.map((attribute) =>
      branch(
        "ram:ApplicableProductCharacteristic",
        leaf("ram:Description", attribute.name),
        leaf("ram:Value", attribute.value),
      ),
    ),
    classification
      ? branch(
          "ram:DesignatedProductClassification",
          leaf("ram:ClassCode", classification.code, { listID: classification.list }),
        )
      : "",
    branch("ram:OriginTradeCountry", leaf("ram:ID", particulars.originCountry)),
  );
}

/** The order's line and the prices (BT-132, BG-29). */
export function linePrices(line: SemanticLine): string {
  const { price, gross, baseQuantity, unitCode, particulars } = line;
  const base = leaf("ram:BasisQuantity", baseQuantity, { unitCode });
  return branch(
    "ram:SpecifiedLineTradeAgreement",
    branch("ram:BuyerOrderReferencedDocument", leaf("ram:LineID", particulars.orderLine)),
    gross
      ? branch(
          "ram:GrossPriceProductTradePrice",
          leaf("ram:ChargeAmount", gross.price),
          base,
          branch(
            "ram:AppliedTradeAllowanceCharge",
            branch("ram:ChargeIndicator", leaf("udt:Indicator", "false")),
            leaf("ram:ActualAmount", gross.discount),
          ),
        )
      : "",
    branch("ram:NetPriceProductTradePrice", leaf("ram:ChargeAmount", price), base),
  );
}
