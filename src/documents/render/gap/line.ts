/** Pure. What EN 16931 asks of lines, and of discounts and charges on them and on the document. */
import { isItemList } from "../../code/item-list.ts";
import { isUnitCode } from "../../code/unit.ts";
import type { SemanticAdjustment } from "../einvoice/semantic.ts";
import { type Ask, enter, has, type Rules } from "./ask.ts";

/** BR-16, BR-25, BR-33, -38, -42, -44 with BR-CO-21 to -24, BR-CL-13 and BR-CL-23. */
export const lineRules: Rules = ({ model, lines, adjustments }, ask) => {
  ask(lines.length > 0, "BR-16", {
    field: "lines",
    detail: "an invoice has a line",
    remedy: enter.inDocument(model, "at least one line", "lines"),
  });
  for (const [i, line] of lines.entries()) {
    const { name, unitCode, classification, particulars, adjustments: own } = line;
    ask(has(name), "BR-25", {
      field: `lines.${i}.name`,
      detail: `line ${i + 1} says what it is`,
      remedy: enter.inDocument(model, `what line ${i + 1} is`, `lines[${i}].name`),
    });
    ask(isUnitCode(unitCode), "BR-CL-23", {
      field: `lines.${i}.unit_code`,
      detail: `${unitCode} on line ${i + 1} is no unit of UN/ECE Recommendation 20`,
      remedy: enter.inDocument(
        model,
        "a unit's code, such as C62 for pieces or HUR for hours,",
        `lines[${i}].unit_code`,
      ),
    });
    if (classification) {
      ask(isItemList(classification.list), "BR-CL-13", {
        field: `lines.${i}.classification.scheme`,
        detail: `${classification.list} on line ${i + 1} is no list of UNTDID 7143`,
        remedy: enter.inDocument(model, "a known list", `lines[${i}].classification.scheme`),
      });
    }
    for (const [j, { name: what, value }] of (particulars.attributes ?? []).entries()) {
      ask(has(what) && has(value), "BR-54", {
        field: `lines.${i}.attributes.${j}`,
        detail: `an attribute of line ${i + 1} has a name and a value`,
        remedy: enter.inDocument(model, "both", `lines[${i}].attributes[${j}]`),
      });
    }
    for (const [j, one] of own.entries()) {
      const rules = one.charge ? ["BR-44", "BR-CO-24"] : ["BR-42", "BR-CO-23"];
      askReason(one, rules, `lines.${i}.adjustments.${j}`, ask);
    }
  }
  for (const [i, one] of adjustments.entries()) {
    const rules = one.charge ? ["BR-38", "BR-CO-22"] : ["BR-33", "BR-CO-21"];
    askReason(one, rules, `adjustments.${i}`, ask);
  }
};

function askReason(
  { charge, reason }: SemanticAdjustment,
  rules: readonly string[],
  path: string,
  ask: Ask,
): void {
  ask(has(reason), rules, {
    field: `${path}.reason`,
    detail: `a ${charge ? "charge" : "discount"} says what it is for`,
    remedy: `Enter a reason that can be printed (${path}.reason).`,
  });
}
