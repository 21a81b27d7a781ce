/** Pure. Norway's rules of Peppol, for sellers whose VAT id or address is Norwegian. */
import { isNorwegianNumber } from "../../code/check-digit.ts";
import { enter, has, type Rules } from "./ask.ts";

/** NO-R-001. */
export const norwegianRules: Rules = ({ model, outsideVat }, ask) => {
  const { vatId } = model.seller;
  if (outsideVat || !has(vatId) || !vatId.startsWith("NO")) return;
  const [, number = ""] = /^NO(\d{9})MVA$/.exec(vatId) ?? [];
  ask(isNorwegianNumber(number), "NO-R-001", {
    field: "seller.vat_id",
    detail: "a Norwegian VAT id is NO, nine digits whose check digit holds, and MVA",
    remedy: enter.inProfile("your VAT id so, such as NO995525828MVA", "vat_id"),
  });
};
