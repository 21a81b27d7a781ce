import { describe, expect, it } from "vitest";
import { csvOf } from "../../src/core/csv.ts";

describe("CSV", () => {
  it("quotes cells that need it, and lets no cell run as a formula", () => {
    const rows = [
      ["a,b", 'say "hi"', "two\nlines"],
      ["=1+1", "-5.25", "@cmd"],
    ];
    const lines = ['"a,b","say ""hi""","two\nlines"', "'=1+1,-5.25,'@cmd"];
    expect(csvOf(rows)).toBe(`\ufeff${lines.join("\r\n")}\r\n`);
  });

  it("begins with a byte order mark, so that a spreadsheet reads it as UTF-8", () => {
    expect([...new TextEncoder().encode(csvOf([["Zürich"]])).slice(0, 3)]).toEqual([
      0xef, 0xbb, 0xbf,
    ]);
  });

  it.each([
    ["full-width", "＝1+1", "'＝1+1"],
    ["full-width", "＠SUM(1)", "'＠SUM(1)"],
    ["small", "﹢1", "'﹢1"],
    ["behind blanks", " =1", "' =1"],
    ["behind what has no width", "\u200b=1", "'\u200b=1"],
    ["behind a semicolon", "a;=1+1", `"a;'=1+1"`],
    ["behind a semicolon and a quote", 'a;"=1', `"a;'""=1"`],
    ["behind a tab", "a\t-1+1", `"a\t'-1+1"`],
    ["behind a line's end", "a\n@cmd", `"a\n'@cmd"`],
    ["behind a tab that it begins with", "\ta", `"'\ta"`],
  ])("lets no formula run that is %s: %j", (_, text, cell) => {
    expect(csvOf([[text]])).toBe(`\ufeff${cell}\r\n`);
  });

  it.each(["-5", "12.50", "a-b", "a = b", "x@example.com", "2026-11-28T10:00:00+01:00"])(
    "leaves %j as it is",
    (text) => expect(csvOf([[text]])).toBe(`\ufeff${text}\r\n`),
  );
});
