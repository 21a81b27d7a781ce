import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEY_WORDS } from "../../../src/metering/event/key.ts";
import {
  type Bank,
  banksOf,
  Filter,
  FilterBank,
  filterOf,
  TurnedBank,
} from "../../../src/metering/object/filter.ts";
import { Entries } from "../../../src/metering/object/identity.ts";
import { someKeys } from "./some-keys.ts";

function filterOfKeys(keys: Uint32Array): Filter {
  const entries = new Entries(keys.length / KEY_WORDS);
  for (let at = 0; at < keys.length; at += KEY_WORDS) entries.push(keys, at, 0, 1);
  return filterOf(entries);
}

/** Each key that a bank says one of its filters may hold. */
function foundBy(bank: Bank, keys: Uint32Array): number[] {
  const found: number[] = [];
  for (let at = bank.next(keys, 0, keys.length); at >= 0; ) {
    found.push(at);
    at = bank.next(keys, at + KEY_WORDS, keys.length);
  }
  return found;
}

/** The same, of each filter by itself. */
function heldBy(filters: Filter[], keys: Uint32Array): number[] {
  const all = Array.from({ length: keys.length / KEY_WORDS }, (_, i) => i * KEY_WORDS);
  return all.filter((at) => filters.some((filter) => filter.mayHold(keys, at)));
}

describe("a filter", () => {
  it("has no false negatives, and few false positives", () => {
    const n = 20_000;
    const keys = someKeys(n, "in");
    const filter = filterOfKeys(keys);
    const others = someKeys(n, "out");
    let [missed, wrong] = [0, 0];
    for (let i = 0; i < n; i++) {
      if (!filter.mayHold(keys, i * KEY_WORDS)) missed++;
      if (filter.mayHold(others, i * KEY_WORDS)) wrong++;
    }
    expect(missed).toBe(0);
    expect(wrong / n).toBeLessThan(0.005);
  });
});

describe("a bank of filters", () => {
  const tags = ["a", "b", "c"];
  const turnedOf = (filters: Filter[]) => {
    const bank = new TurnedBank(filters[0]?.blocks ?? 1);
    for (const filter of filters) bank.add(filter);
    return bank;
  };
  const sideBySideOf = (filters: Filter[]) => {
    const single = new FilterBank(filters.slice(0, 1));
    const small = new FilterBank([...single.filters, ...filters.slice(1, 2)]);
    return new FilterBank([...small.filters, ...filters.slice(2)]);
  };

  it.each([
    { name: "side by side", bankOf: sideBySideOf },
    { name: "turned", bankOf: turnedOf },
  ])("$name finds each key that one of them may hold, and no other", ({ bankOf }) => {
    const filters = tags.map((tag) => filterOfKeys(someKeys(3_000, tag)));
    const alone = filters.map((filter) => new Filter(filter.toWords()));
    const bank = bankOf(filters);
    for (const tag of [...tags, "other"]) {
      const keys = someKeys(3_000, tag);
      expect(foundBy(bank, keys)).toEqual(heldBy(alone, keys));
      if (tag !== "other") expect(foundBy(bank, keys)).toHaveLength(3_000);
      expect(filters.map((filter) => filter.toWords())).toEqual(
        alone.map((filter) => filter.toWords()),
      );
    }
  });

  it("is used again, whatever sets come and go, and asks those that there are", () => {
    // Sizes on both sides of what is turned; few blocks with many bits set, so that much is held.
    const keys = someKeys(300, "asked");
    const sizes = fc.constantFrom(1, 64, 4_096, 8_192);
    const added = fc.record({ blocks: sizes, from: fc.nat(290), drop: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(fc.array(added, { minLength: 1, maxLength: 24 }), (steps) => {
        let filters: Filter[] = [];
        let banks: Bank[] = [];
        for (const { blocks, from, drop } of steps) {
          const filter = new Filter(new Uint32Array(blocks * 8));
          for (let i = from; i < from + 10; i++) filter.add(keys, i * KEY_WORDS);
          filters = [...filters.slice(filters.length > 12 ? drop : 0), filter];
          banks = banksOf(filters, banks);
          const found = new Set(banks.flatMap((bank) => foundBy(bank, keys)));
          expect([...found].sort((a, b) => a - b)).toEqual(heldBy(filters, keys));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("of a size that nothing changed in is the same one", () => {
    const small = Array.from({ length: 9 }, (_, i) => filterOfKeys(someKeys(100, `small-${i}`)));
    const large = new Filter(new Uint32Array(8_192 * 8));
    const before = banksOf([...small.slice(0, 8), large], []);
    const after = banksOf([...small, large], before);
    expect(before).toHaveLength(2);
    expect(after).toHaveLength(3);
    expect(before.every((bank) => after.includes(bank))).toBe(true);
  });
});
