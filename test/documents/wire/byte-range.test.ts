import { describe, expect, it } from "vitest";
import { byteRange } from "../../../src/documents/wire/byte-range.ts";

describe("a Range header", () => {
  it.each([
    ["bytes=0-99", { start: 0, end: 100 }],
    ["bytes=100-", { start: 100, end: 1000 }],
    ["bytes=-10", { start: 990, end: 1000 }],
    ["bytes=-2000", { start: 0, end: 1000 }],
    ["bytes=990-2000", { start: 990, end: 1000 }],
    ["bytes=1000-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=5-4", null],
    ["bytes=0-1,5-6", null],
    ["pages=1-2", null],
    ["bytes=-", null],
  ])("%s of 1,000 bytes asks for %j", (header, range) => {
    expect(byteRange(header, 1000)).toEqual(range);
  });
});
