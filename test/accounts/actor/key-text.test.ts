import { describe, expect, it } from "vitest";
import { bearerOf, isKeyText, keyHint, keyText } from "../../../src/accounts/actor/key-text.ts";

const SECRET = "abcdefghijklmnopqrstuvwxyz0123456789_-ABCDE";

describe("the text of a key", () => {
  it("begins with the kind of tenant that it belongs to", () => {
    expect(keyText({ mode: "live", operator: false }, SECRET)).toBe(`bcp_live_${SECRET}`);
    expect(keyText({ mode: "test", operator: false }, SECRET)).toBe(`bcp_test_${SECRET}`);
    expect(keyText({ mode: "live", operator: true }, SECRET)).toBe(`bcp_op_${SECRET}`);
  });

  it("is recognised without a look-up", () => {
    expect(isKeyText(`bcp_live_${SECRET}`)).toBe(true);
    for (const text of [
      "",
      SECRET,
      `bcp_live_${SECRET}x`,
      `bcp_live_${SECRET.slice(1)}`,
      `bcp_prod_${SECRET}`,
      `bcp_live_${SECRET.replace("a", "+")}`,
      `bcp_live_${SECRET}\n`,
    ]) {
      expect(isKeyText(text), text).toBe(false);
    }
  });

  it("is shown afterwards by its prefix and its last four characters", () => {
    expect(keyHint(`bcp_live_${SECRET}`)).toBe("bcp_live_…BCDE");
    expect(keyHint(`bcp_op_${SECRET}`)).toBe("bcp_op_…BCDE");
  });

  it("travels as a bearer token and as nothing else", () => {
    expect(bearerOf("Bearer abc")).toBe("abc");
    expect(bearerOf("bearer  abc ")).toBe("abc");
    for (const header of [undefined, "", "abc", "Basic abc", "Bearer", "Bearer a b", "Bearerabc"]) {
      expect(bearerOf(header), header).toBeNull();
    }
  });
});
