/** Meters as usage rules and back, without a database. */
import { describe, expect, it } from "vitest";
import { meterBody, meterOfRule, ruleOfNew } from "../../../src/compat/openmeter/meter.ts";
import { checkedRule } from "../../../src/metering/intake/rule-input.ts";

const NEW = { slug: "tokens", eventType: "prompt", aggregation: "SUM", valueProperty: "$.tokens" };

/** The meter that a new one is answered with. */
function made(body: object) {
  const { rule, note } = ruleOfNew(body);
  const whose = { id: "rule_1", tenant: "ten_1", byOperator: false, createdMs: 0, updatedMs: 0 };
  return {
    rule: checkedRule(rule),
    shown: meterBody(meterOfRule({ ...checkedRule(rule), ...whose }, note)),
  };
}

describe("a meter", () => {
  it.each(["SUM", "MIN", "MAX", "LATEST", "AVG", "UNIQUE_COUNT", "COUNT"])(
    "of %s is shown as it was made",
    (aggregation) => {
      const groupBy = { model: "$.model", kind: "$['a b'].kind" };
      const metadata = { team: "ai" };
      const given = { ...NEW, aggregation, name: "T", description: "D", groupBy, metadata };
      const { valueProperty, ...counted } = given;
      const times = { createdAt: "1970-01-01T00:00:00Z", updatedAt: "1970-01-01T00:00:00Z" };
      const kept = aggregation === "COUNT" ? counted : given;
      expect(made(given).shown).toEqual({ id: "rule_1", ...kept, ...times });
      expect(valueProperty).toBe("$.tokens");
    },
  );

  it("keeps the values that it counts beside a group of the same name", () => {
    const unique = { ...NEW, aggregation: "UNIQUE_COUNT" };
    expect(made(unique).rule.property).toBe("tokens");
    const groupBy = { tokens: "$.other" };
    expect(made({ ...unique, groupBy }).rule.property).toBe("tokens_value");
  });

  it.each([
    [{ slug: undefined }, "/slug"],
    [{ slug: "no spaces" }, "/slug"],
    [{ slug: "x".repeat(65) }, "/slug"],
    [{ eventType: "" }, "/eventType"],
    [{ aggregation: "sum" }, "/aggregation"],
    [{ aggregation: "MEDIAN" }, "/aggregation"],
    [{ valueProperty: 5 }, "/valueProperty"],
    [{ groupBy: { subject: "$.s" } }, "/groupBy/subject"],
    [{ groupBy: { model: 1 } }, "/groupBy/model"],
    [{ metadata: { text: "x".repeat(5_000) } }, "/metadata"],
  ])("is refused with %j", (wrong, pointer) => {
    const extra = { errors: [expect.objectContaining({ pointer })] };
    expect(() => ruleOfNew({ ...NEW, ...wrong })).toThrow(expect.objectContaining({ extra }));
  });
});
