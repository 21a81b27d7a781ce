import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identityOf, KEY_WORDS } from "../../../src/metering/event/key.ts";
import {
  blockOf,
  Entries,
  findInBlock,
  HotTable,
  MAX_BLOCK_ENTRIES,
  packBlocks,
  unpackBlock,
} from "../../../src/metering/object/identity.ts";
import { someKeys } from "./some-keys.ts";

describe("the hot table", () => {
  it("finds what was added with its sequence and digest, and nothing else", () => {
    const keys = someKeys(5_000, "a");
    const table = new HotTable(100, 10); // far too small: it grows
    for (let i = 0; i < 5_000; i++) table.add(keys, i * KEY_WORDS, 100 + i);
    const others = someKeys(5_000, "b");
    const wrong = [...Array(5_000).keys()].filter((i) => {
      const at = i * KEY_WORDS;
      const found = table.find(keys, at);
      const right = found?.seq === 100 + i && found.digest === keys[at + 4];
      return !right || table.find(others, at) !== null;
    });
    expect(wrong).toEqual([]);
  });
});

describe("packed blocks", () => {
  it("keep every entry, at most 720 a block, and sequences beyond 2^32", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6_000 }), fc.string(), (n, tag) => {
        const keys = someKeys(n, tag);
        const entries = new Entries(n);
        const base = 2 ** 40;
        for (let i = 0; i < n; i++) {
          entries.push(keys, i * KEY_WORDS, keys[i * KEY_WORDS + 4] ?? 0, base + i);
        }
        const { bits, blocks } = packBlocks(entries);
        const back = new Entries(n);
        for (const body of blocks.values()) {
          expect(body.length).toBeLessThanOrEqual(MAX_BLOCK_ENTRIES * 28);
          unpackBlock(body.buffer as ArrayBuffer, back);
        }
        expect(back.length).toBe(n);
        const wrong = [...Array(n).keys()].filter((i) => {
          const at = i * KEY_WORDS;
          const body = blocks.get(blockOf(keys[at] ?? 0, bits));
          const found = findInBlock(body?.buffer as ArrayBuffer, keys, at);
          return found?.seq !== base + i || found.digest !== keys[at + 4];
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe("an identity", () => {
  it("is of the source and the id together", () => {
    expect(identityOf("api", "1")).toEqual(identityOf("api", "1"));
    expect(identityOf("api", "1")).not.toEqual(identityOf("edge", "1"));
    expect(identityOf("api", "1")).not.toEqual(identityOf("api", "2"));
    const seen = new Set<string>();
    for (let i = 0; i < 50_000; i++) seen.add(identityOf("api", `evt_${i}`).join());
    expect(seen.size).toBe(50_000);
  });
});
