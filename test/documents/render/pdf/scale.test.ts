import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { niceScale } from "../../../../src/documents/render/pdf/scale.ts";

describe("the scale of a chart", () => {
  it.each([
    [
      ["3", "97"],
      ["0", "25", "50", "75", "100"],
    ],
    [["1"], ["0", "0.25", "0.5", "0.75", "1"]],
    [["1234567"], ["0", "500000", "1000000", "1500000"]],
    [["0.00003"], ["0", "0.00001", "0.00002", "0.00003"]],
    [["0", "-4"], ["0"]],
    [[], ["0"]],
  ])("of %j is %j", (quantities, ticks) => {
    expect(niceScale(quantities).ticks).toEqual(ticks);
  });

  it("reaches the largest quantity in equal steps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.integer({ min: 0, max: 12 }), (whole, places) => {
        const text = (whole / 10 ** places).toFixed(places);
        const { top, ticks } = niceScale([text]);
        expect(top).toBeGreaterThanOrEqual(Number(text) * (1 - 1e-9));
        expect(top).toBeLessThan(Number(text) * 2.51);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(Number(ticks.at(-1)) / top).toBeCloseTo(1, 9);
        expect(Number(ticks[1])).toBeCloseTo(top / (ticks.length - 1), 9);
      }),
    );
  });
});
