import { describe, expect, it } from "vitest";
import { parseFormat, seriesFormat } from "../../../src/documents/model/number.ts";

describe("a format", () => {
  it("has literal text around its digits, and one year", () => {
    const parts = { before: "INV-{YYYY}-", digits: 3, after: "" };
    expect(parseFormat("INV-{YYYY}-{###}")).toEqual(parts);
    expect(parseFormat("{#####}.{YY}")).toEqual({ before: "", digits: 5, after: ".{YY}" });
  });

  it("begins every number of a test tenant with TEST-", () => {
    const parts = { before: "INV-{YYYY}-", digits: 3, after: "" };
    expect(seriesFormat(parts, true).before).toBe("TEST-INV-{YYYY}-");
    expect(seriesFormat(parts, false)).toEqual(parts);
  });

  it.each([
    "INV-{###}", // would use numbers twice, since series start again each year
    "INV-{YYYY}",
    "{YYYY}-{###}-{###}",
    "{YYYY}-{YY}-{###}",
    "INV {YYYY} {###}",
    "INV-{YYYY}-{##########}",
    "../{YYYY}/{###}",
    `${"A".repeat(40)}{YYYY}{#}`,
    "",
  ])("is not %j", (text) => {
    expect(parseFormat(text)).toBeNull();
  });
});
