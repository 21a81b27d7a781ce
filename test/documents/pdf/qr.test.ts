/** Our QR codes are those of another encoder, cell by cell. */
import { encode } from "uqr";
import { describe, expect, it } from "vitest";
import { encodeQr } from "../../../src/documents/pdf/qr.ts";

function picture(payload: string) {
  const { dark, size, mask, version } = encodeQr(payload);
  const rows = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => dark[y * size + x] === 1),
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
