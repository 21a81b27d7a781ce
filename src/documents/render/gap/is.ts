/** Pure. Iceland's rules of Peppol, for sellers whose address is Icelandic. */
import type { Party } from "../../model/model.ts";
import { type Ask, bothIn, has, hasStreet, type Rules } from "./ask.ts";
import { BUYER, SELLER, type Side } from "./party.ts";

/** IS-R-002 to -005. */
export const icelandicRules: Rules = (invoice, ask) => {
  const { seller, buyer } = invoice.model;
  if (seller.address.country !== "IS") return;
  askParty(SELLER, seller, ["IS-R-002", "IS-R-003"], ask);
  if (bothIn(invoice, "IS")) askParty(BUYER, buyer, ["IS-R-004", "IS-R-005"], ask);
};

function askParty(
  side: Side,
  { legalId, address }: Party,
  [id, place]: readonly [string, string],
  ask: Ask,
): void {
  ask(has(legalId?.value) && legalId?.scheme === "0196", id, {
    field: `${side.path}.legal_id`,
    detail: `${side.who} in Iceland has a kennitala (scheme 0196)`,
    remedy: side.enter("the kennitala with scheme 0196", "legal_id"),
  });
  ask(hasStreet(address) && has(address.postalCode), place, {
    field: `${side.path}.address`,
    detail: `${side.who}'s Icelandic address has street and post code`,
    remedy: side.enter(`street and post code of ${side.whose} address`, "address"),
  });
}
