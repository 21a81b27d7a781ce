/** Pure. When and where to a document's goods or services went, as the law asks it of some. */
import type { DayRange, DocumentModel } from "../../model/model.ts";
import type { BuyerSnapshot } from "../../model/party.ts";

type Delivered = {
  deliveryDate: string | null;
  issued: string;
  period: DayRange | null;
  lines: readonly { periodEnd: string | null }[];
  totals: { taxes: readonly { category: string }[] };
};

/**
 * An intra-community supply says when it was (BR-IC-11): where no day is given it is the last of
 * its period, or the day of issue.
 */
export function deliveredOn(document: Delivered): string | null {
  if (document.deliveryDate !== null || !isIntraCommunity(document)) return document.deliveryDate;
  const ends = [document.period?.end, ...document.lines.map(({ periodEnd }) => periodEnd)];
  const last = ends.filter((day) => day !== null && day !== undefined).sort();
  return last.at(-1) ?? document.issued;
}

/**
 * Where to: an address without a country is in the buyer's (BR-57), and an intra-community supply
 * names the country (BR-IC-12), the buyer's where no other is given.
 */
export function shippedTo(
  { party, shipTo }: Pick<BuyerSnapshot, "party" | "shipTo">,
  document: Pick<Delivered, "totals">,
): DocumentModel["shipTo"] {
  const { country } = party.address;
  if (shipTo) {
    const { name, address } = shipTo;
    return { name, address: { ...address, country: address.country ?? country } };
  }
  if (country === null || !isIntraCommunity(document)) return null;
  const nothing = { lines: [], city: null, postalCode: null, region: null };
  return { name: party.name, address: { ...nothing, country } };
}

function isIntraCommunity({ totals }: Pick<Delivered, "totals">): boolean {
  return totals.taxes.some(({ category }) => category === "K");
}
