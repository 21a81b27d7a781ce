/** Our QR codes are those of another encoder, cell by cell. */
import fc from "fast-check";
import { encode } from "uqr";
import { describe, expect, it } from "vitest";
import { encodeQr } from "../../../../src/documents/render/pdf/qr.ts";
import { darken, isDark, lightCells } from "../../../../src/documents/render/pdf/qr-cells.ts";
import { penaltyOf } from "../../../../src/documents/render/pdf/qr-penalty.ts";

function picture(payload: string) {
  const { cells, mask, version } = encodeQr(payload);
  const rows = Array.from({ length: cells.size }, (_, y) =>
    Array.from({ length: cells.size }, (_, x) => isDark(cells, x, y)),
  );
  return { rows, mask, version };
}

/** A text that only byte mode holds. */
const text = (length: number) => "aé{}\n".repeat(length).slice(0, length);

describe("a QR code", () => {
  it.each([1, 14, 26, 60, 120, 180, 331, 500, 900, 1400, 1900])(
    "of %i characters is what another encoder draws with that mask",
    (length) => {
      const { rows, mask } = picture(text(length));
      const other = encode(text(length), {
        ecc: "M",
        boostEcc: false,
        border: 0,
        maskPattern: mask,
      });
      expect(rows).toEqual(other.data);
    },
  );

  it("is the smallest that holds its text", () => {
    expect(
      [14, 15, 26, 27, 42, 62, 2331].map((length) => encodeQr("x".repeat(length)).version),
    ).toEqual([1, 2, 2, 3, 3, 4, 40]);
  });

  it("refuses what no version holds", () => {
    expect(() => encodeQr("x".repeat(2332))).toThrow(RangeError);
  });
});

/** The norm's penalty, cell by cell. */
function plainPenalty(dark: Uint8Array, size: number): number {
  const at = (x: number, y: number) => dark[y * size + x] ?? 0;
  const lines = Array.from({ length: size }, (_, i) => i).flatMap((i) => [
    Array.from({ length: size }, (_, x) => at(x, i)).join(""),
    Array.from({ length: size }, (_, y) => at(i, y)).join(""),
  ]);
  let penalty = 0;
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2;
    penalty += 40 * [...`0000${line}0000`.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      const four = at(x, y) + at(x - 1, y) + at(x, y - 1) + at(x - 1, y - 1);
      if (four % 4 === 0) penalty += 3;
    }
  }
  const share = dark.reduce((sum, cell) => sum + cell, 0) / (size * size);
  return penalty + 10 * Math.max(0, Math.ceil(Math.abs(share * 20 - 10)) - 1);
}

describe("the penalty of a symbol", () => {
  it("is the norm's, counted cell by cell", () => {
    const symbol = fc
      .integer({ min: 21, max: 90 })
      .chain((size) =>
        fc.tuple(
          fc.constant(size),
          fc.array(fc.constantFrom(0, 1, 1, 0, 0), { minLength: size ** 2, maxLength: size ** 2 }),
          fc.integer({ min: 1, max: 7 }),
        ),
      );
    fc.assert(
      fc.property(symbol, ([size, cells, stretch]) => {
        // Stretched rows make long runs, which chance alone does not.
        const dark = Uint8Array.from(cells, (_, i) => cells[i - (i % stretch)] ?? 0);
        const symbol = lightCells(size);
        dark.forEach((cell, i) => {
          if (cell) darken(symbol, i % size, Math.floor(i / size));
        });
        expect(penaltyOf(symbol)).toBe(plainPenalty(dark, size));
      }),
      { numRuns: 100 },
    );
  });
});
