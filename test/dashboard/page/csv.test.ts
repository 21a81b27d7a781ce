import { describe, expect, it } from "vitest";
import { csvOf } from "../../../src/dashboard/page/csv.ts";

describe("CSV", () => {
  it("quotes cells that need it, and lets no cell run as a formula", () => {
    const rows = [
      ["a,b", 'say "hi"', "two\nlines"],
      ["=1+1", "-5.25", "@cmd"],
    ];
    expect(csvOf(rows)).toBe('"a,b","say ""hi""","two\nlines"\r\n' + "'=1+1,-5.25,'@cmd\r\n");
  });
});
