import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutLines } from "../../../src/metering/event/line.ts";
import { body } from "./arbitrary.ts";

describe("a body", () => {
  it("is cut between its lines", () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 12 }), (lines, most) => {
        const pieces = cutLines(lines, most);
        expect(pieces.join("\n")).toBe(lines);
        const sizes = pieces.map((piece) => piece.split("\n").length);
        const n = lines === "" ? 0 : lines.split("\n").length;
        expect(sizes).toEqual(
          Array.from({ length: Math.ceil(n / most) }, (_, i) => Math.min(most, n - i * most)),
        );
      }),
    );
  });
});
