/** What is deflated with codes of ours is read back by another program, whatever it is. */
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deflateAs } from "../../../../src/documents/render/pdf/deflate.ts";
import type { Kind } from "../../../../src/documents/render/pdf/deflate-lengths.ts";

const KINDS: readonly Kind[] = ["page", "objects", "references"];

function readBack(kind: Kind, bytes: Uint8Array): void {
  const read = inflateSync(deflateAs(kind, bytes));
  expect(Buffer.compare(read, bytes)).toBe(0);
}

/** Bytes that follow from a seed: all are equally frequent, so that none has a short code. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
}

describe.each(KINDS)("a stream of kind %s", (kind) => {
  it("is read back, whatever its bytes", () => {
    const few = fc.uint8Array({ max: 3, maxLength: 2_000 });
    const any = fc.uint8Array({ maxLength: 2_000 });
    fc.assert(fc.property(fc.oneof(few, any), (bytes) => readBack(kind, bytes)));
  });

  it("is read back where it is empty, long, alike or like what is far behind", () => {
    readBack(kind, new Uint8Array());
    readBack(kind, noise(400_000, 1));
    readBack(kind, new Uint8Array(70_000));
    // At every distance from the nearest to beyond the window.
    for (const distance of [1, 2, 3, 4, 5, 257, 258, 259, 4_096, 32_767, 32_768, 32_769, 40_000]) {
      const start = noise(distance, distance);
      const bytes = new Uint8Array(2 * distance);
      bytes.set(start);
      bytes.set(start, distance);
      readBack(kind, bytes);
    }
  });

  it("is the same bytes whatever came before it, and of whichever array", () => {
    const bytes = noise(3_000, 7).map((byte) => byte & 15);
    const first = deflateAs(kind, bytes);
    deflateAs(kind, noise(50_000, 3));
    expect(Buffer.compare(deflateAs(kind, Buffer.from(bytes)), first)).toBe(0);
    const within = Buffer.concat([noise(5, 1), bytes]).subarray(5);
    expect(Buffer.compare(deflateAs(kind, within), first)).toBe(0);
  });

  it("is smaller where it repeats itself", () => {
    const text = Buffer.from("<ram:LineID>1</ram:LineID>0 0 R/K 12>>BT 54 738.3 Td\n".repeat(40));
    expect(deflateAs(kind, text).length).toBeLessThan(text.length / 4);
  });
});
