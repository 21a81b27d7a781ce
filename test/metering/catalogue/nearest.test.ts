import { describe, expect, it } from "vitest";
import { STANDARD } from "../../../src/metering/catalogue/catalogue.ts";
import { nearestName } from "../../../src/metering/catalogue/nearest.ts";

describe("the name that was meant", () => {
  it.each([
    ["api_cals", "api_calls"],
    ["apiCalls", "api_calls"],
    ["API calls", "api_calls"],
    ["api_clals", "api_calls"],
    ["email_sents", "email_sent"],
    ["invoice_generated", "invoices_generated"],
    ["tokens", null],
    ["x", null],
    ["", null],
  ])("%s is %s", (written, meant) => {
    expect(nearestName(written, STANDARD)).toBe(meant);
  });

  it("is the first of those that are as near, and never what was written", () => {
    expect(nearestName("tokens", ["token_a", "tokensb", "tokensc"])).toBe("token_a");
    expect(nearestName("tokens", ["tokens"])).toBeNull();
  });

  it("is looked for among a bounded number of names", () => {
    let asked = 0;
    function* many() {
      for (;;) {
        asked++;
        yield `name_${asked}`;
      }
    }
    nearestName("name_of_something_else", many());
    expect(asked).toBeLessThanOrEqual(2_001);
  });
});
