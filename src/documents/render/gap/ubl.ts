/** Pure. What only UBL's rules ask, or ask under another name than the norm's. */
import { identifiersOf } from "../einvoice/semantic.ts";
import { enter, has, isSame, type Rules } from "./ask.ts";
import { hasTwoDecimals } from "./document.ts";
import { IS_SELLER } from "./party.ts";

/** UBL-DT-01, UBL-SR-19 to -21 and BR-17 by a payee's identifier. */
export const ublRules: Rules = ({ model, outsideVat }, ask) => {
  const { payee, seller, currency, totals } = model;
  for (const [field, code] of [
    ["currency", currency],
    ["accounting.currency", totals.accounting?.currency ?? null],
  ] as const) {
    if (code === null) continue;
    ask(hasTwoDecimals(code), "UBL-DT-01", {
      field,
      detail: `EN 16931 has at most two decimals; ${code} has more`,
      remedy: enter.inDocument(model, "a currency of two decimals", field),
    });
  }
  if (!payee) return;
  const named = ["UBL-SR-19", "UBL-SR-20", "UBL-SR-21"];
  ask(has(payee.name) && !isSame(payee.name, seller.name), named, IS_SELLER);
  const own = identifiersOf(seller, true, outsideVat);
  ask(!own.some(({ value }) => isSame(value, payee.id?.value)), "BR-17", {
    ...IS_SELLER,
    field: "payee.id",
  });
};
