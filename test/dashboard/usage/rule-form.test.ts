/** The event that a page begins with is one that its rule counts. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { sampleEvent } from "../../../src/dashboard/usage/rule-form.ts";
import { usageAt } from "../../../src/metering/intake/cloud-event.ts";
import { pointerOf } from "../../../src/metering/intake/path.ts";
import type { UsageRule } from "../../../src/metering/intake/rule.ts";

const part = fc.oneof(
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.constantFrom("0", "01", "1", "a", "__proto__"),
);
const path = fc.array(part, { maxLength: 4 }).map((parts) => pointerOf(parts) || "$");

it("counts as 1 by any rule, whatever its paths share", () => {
  fc.assert(
    fc.property(path, path, fc.array(path, { maxLength: 3 }), (valuePath, userPath, groups) => {
      const rule: UsageRule = {
        id: "rule_1",
        tenant: "*",
        eventType: "call",
        metric: "m",
        name: "",
        description: "",
        unit: "",
        aggregation: "sum",
        property: null,
        valuePath,
        userPath,
        groups: Object.fromEntries(groups.map((one, i) => [`g${i}`, one])),
        active: true,
        byOperator: false,
        createdMs: 0,
        updatedMs: 0,
      };
      const sent = JSON.parse(JSON.stringify(sampleEvent(rule)));
      expect(usageAt("", sent, [rule])).toMatchObject([{ item: { quantity: "1" } }]);
    }),
  );
});
