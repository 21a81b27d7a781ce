/** Bodies that come compressed: read within the limit, or refused, whatever they hold. */
import { constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { codingOf, unpacked } from "../../../src/platform/http/coding.ts";

const LIMIT = 2_000;
const CODERS = [
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
] as const;

/** The status that unpacking is refused with, or what it gives. */
function tried(packed: Uint8Array, coding: "gzip" | "deflate", limit = LIMIT) {
  try {
    return Array.from(unpacked(packed, coding, limit));
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
}

/** Bytes that compress well, and bytes that do not. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: LIMIT }),
  fc.tuple(fc.nat({ max: LIMIT }), fc.nat({ max: 255 })).map(([n, b]) => new Uint8Array(n).fill(b)),
);

describe("a compressed body", () => {
  it.each(CODERS)("of %s is what was packed, up to the limit and not beyond", (coding, pack) => {
    fc.assert(
      fc.property(bytes, (sent) => {
        expect(tried(pack(sent), coding)).toEqual(Array.from(sent));
        if (sent.length > 1) expect(tried(pack(sent), coding, sent.length - 1)).toBe(413);
      }),
    );
  });

  it.each(CODERS)("of %s that is cut at any byte is refused with 400", (coding, pack) => {
    const whole = pack(JSON.stringify({ metric_name: "m", quantity: 1, note: "n".repeat(90) }));
    for (let end = 1; end < whole.length; end++) {
      expect([end, tried(whole.subarray(0, end), coding)]).toEqual([end, 400]);
    }
  });

  it.each(CODERS)(
    "of %s with any byte changed is refused, or is what zlib reads",
    (coding, pack) => {
      const text = JSON.stringify({ metric_name: "m", quantity: 1 });
      const whole = pack(text);
      for (let at = 0; at < whole.length; at++) {
        for (const bit of [1, 16, 128]) {
          const changed = Uint8Array.from(whole);
          changed[at] = (changed[at] ?? 0) ^ bit;
          const result = tried(changed, coding);
          expect(typeof result === "number" ? [400, 413] : [result]).toContain(result);
        }
      }
    },
  );

  it.each(CODERS)("of %s with bytes behind it is refused with 400", (coding, pack) => {
    const whole = pack("{}");
    for (const garbage of ["x", "\0", "\0\0\0\0", "{}", "\u001f"]) {
      const sent = Buffer.concat([whole, Buffer.from(garbage)]);
      expect([garbage, tried(sent, coding)]).toEqual([garbage, 400]);
    }
  });

  it("may be several gzip members, as RFC 1952 has it, within one limit", () => {
    const members = Buffer.concat([gzipSync("[1,"), gzipSync("2]")]);
    expect(tried(members, "gzip")).toEqual(Array.from(Buffer.from("[1,2]")));
    expect(tried(members, "gzip", 4)).toBe(413);
  });

  it("that is empty is empty", () => {
    expect(tried(new Uint8Array(0), "gzip")).toEqual([]);
  });

  it("of a megabyte that unpacks to a gigabyte is refused with 413", () => {
    const zeros = new Uint8Array(2 ** 20);
    const block = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
    const blocks = Buffer.concat(Array.from({ length: 1_024 }, () => block));
    expect(blocks.length).toBeLessThan(1_200_000);
    const gzipped = Buffer.concat([gzipSync("").subarray(0, 10), blocks]);
    expect(tried(gzipped, "gzip", 2_000_000)).toBe(413);
    expect(tried(blocks, "deflate", 2_000_000)).toBe(413);
  });
});

describe("a Content-Encoding", () => {
  it("names gzip or deflate, in any case, or nothing", () => {
    const names = [undefined, "", "identity", "Identity ", "gzip", "x-gzip", "GZIP", "deflate"];
    expect(names.map(codingOf)).toEqual([
      null,
      null,
      null,
      null,
      "gzip",
      "gzip",
      "gzip",
      "deflate",
    ]);
  });

  it("that is unknown, or several, is refused with 415 and what is taken", () => {
    for (const name of ["br", "zstd", "snappy", "gzip, gzip", "identity, gzip", "*", "toString"]) {
      expect(() => codingOf(name), name).toThrow("gzip, deflate or identity");
    }
  });
});
