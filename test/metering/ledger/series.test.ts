import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counter } from "../../../src/metering/counter/terms.ts";
import { FrameReader } from "../../../src/metering/event/frame-reader.ts";
import { hash32 } from "../../../src/metering/event/hash.ts";
import { type LineTuple, parseLine } from "../../../src/metering/event/line.ts";
import {
  bucketOf,
  SeriesPacker,
  unpackSeries,
  WHOLE,
} from "../../../src/metering/ledger/series.ts";
import { lines } from "../event/arbitrary.ts";

const counters = new Map<string, Counter>([
  ["größe", { metric: "größe", aggregation: "latest", property: null, dimensions: [] }],
]);

describe("series", () => {
  it("give their lines back as far as a summary needs them", () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const packer = new SeriesPacker(texts.length, counters);
        packer.add(7, texts.slice(0, 3).join("\n"));
        packer.add(10, texts.slice(3).join("\n"));
        const kept = texts.map(parseLine).flatMap((tuple, i) => {
          if (tuple[8]) return [];
          const [id, metric, micro, atMs, user, metadata] = tuple;
          const shownId = metric === "größe" ? id : "";
          const shown: LineTuple = [shownId, metric, micro, atMs, user ?? 0, metadata ?? 0];
          return [{ seq: 7 + i, tuple: shown }];
        });
        const [block, ...others] = packer.blocks();
        expect(others).toEqual([]);
        if (!block) {
          expect(kept).toEqual([]);
          return;
        }
        expect(block.bucket).toBe(WHOLE);
        expect(unpackSeries(block.body, null)).toEqual(kept);
        const times = kept.map(({ tuple }) => tuple[3]);
        expect([block.tsMin, block.tsMax]).toEqual([Math.min(...times), Math.max(...times)]);
      }),
      { numRuns: 300 },
    );
  });

  it("of events with much metadata are rows that the platform takes, and lose nothing", () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 48_271) + 11) >>> 0;
      return String.fromCharCode(0x4e00 + ((state >>> 8) % 20_000));
    };
    const tuples = Array.from({ length: 3_000 }, (_, i): LineTuple => {
      const text = Array.from({ length: 300 }, random).join("");
      return [`e${i}`, i % 2 ? "größe" : "m", i, 1_000 + i, i % 3 ? "one" : `u${i % 5}`, { text }];
    });
    const packer = new SeriesPacker(32_768, counters);
    packer.add(1, tuples.map((tuple) => JSON.stringify(tuple)).join("\n"));
    const blocks = packer.blocks();
    for (const { body } of blocks) expect(body.length * 2).toBeLessThan(2_000_000);
    const keys = blocks.map(({ bucket, high }) => `${bucket} ${high}`);
    expect(new Set(keys).size).toBe(blocks.length);
    expect(blocks.length).toBeGreaterThan(3);
    const lines = blocks.flatMap(({ body }) => unpackSeries(body, null));
    expect(lines.sort((a, b) => a.seq - b.seq).map(({ tuple }) => tuple)).toEqual(
      tuples.map(([id, metric, ...rest]) => [metric === "m" ? "" : id, metric, ...rest]),
    );
    const ofOne = blocks.flatMap(({ body }) => unpackSeries(body, ["one"]));
    expect(ofOne).toHaveLength(tuples.filter(([, , , , user]) => user === "one").length);
  });

  it("of a large generation give each user's lines back from one bucket", () => {
    const users = [
      ...collidingUsers(),
      "",
      "größe",
      ...Array.from({ length: 300 }, (_, i) => `u${i}`),
    ];
    const tuples = Array.from({ length: 2_500 }, (_, i): LineTuple => {
      const user = users[(i * 7) % users.length] || 0;
      return [`e${i}`, `m${i % 3}`, i % 11, 1_000 + ((i * 13) % 500), user, i % 5 ? 0 : { i }];
    });
    const packer = new SeriesPacker(tuples.length, counters);
    packer.add(1, tuples.map((tuple) => JSON.stringify(tuple)).join("\n"));
    const blocks = packer.blocks();
    const lines = tuples.map(([, ...rest], i) => ({ seq: i + 1, tuple: ["", ...rest] }));
    const bySeq = (a: { seq: number }, b: { seq: number }) => a.seq - b.seq;
    expect(blocks.flatMap(({ body }) => unpackSeries(body, null)).sort(bySeq)).toEqual(lines);
    for (const user of users.filter(Boolean)) {
      const own = blocks.filter(({ bucket }) => bucket === bucketOf(user));
      const found = own.flatMap(({ body }) => unpackSeries(body, [user]));
      expect(found).toEqual(lines.filter(({ tuple }) => tuple[4] === user));
      expect(found.length).toBeGreaterThan(0);
    }
    const some = ["u1", "größe", "", "nobody"];
    const found = blocks.flatMap(({ body }) => unpackSeries(body, some)).sort(bySeq);
    expect(found).toEqual(lines.filter(({ tuple }) => some.includes(String(tuple[4] || ""))));
  });

  it("of thousands of users name each once in its block, however many came after it", () => {
    const line = (user: number) => JSON.stringify(["e", "m", 1, 1_000, `user-${user}`, 0]);
    const users = Array.from({ length: 5_000 }, (_, i) => i);
    const packer = new SeriesPacker(15_000, counters);
    for (const round of [0, 1, 2]) packer.add(1 + round * 5_000, users.map(line).join("\n"));
    const blocks = packer.blocks();
    expect(blocks).toHaveLength(64);
    const named = blocks.map(({ body }) => {
      const of = new Map<number, Set<string | 0>>();
      for (const reader = new FrameReader(body); reader.next(); ) {
        const names = of.get(reader.userNumber) ?? new Set();
        of.set(reader.userNumber, names.add(reader.user));
      }
      expect([...of.values()].every((names) => names.size === 1)).toBe(true);
      return of.size;
    });
    expect(named.reduce((sum, n) => sum + n)).toBe(5_000);
    const lines = blocks.flatMap(({ body }) => unpackSeries(body, ["user-0", "user-4999"]));
    expect(lines.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([
      1, 5_000, 5_001, 10_000, 10_001, 15_000,
    ]);
  });
});

/** Two users of one 32-bit hash: among so many there are a few. */
function collidingUsers(): string[] {
  const users = new Map<number, string>();
  for (let i = 0; i < 400_000; i++) {
    const user = `user-${i}`;
    const hash = hash32(user, 3);
    const other = users.get(hash);
    if (other) return [other, user];
    users.set(hash, user);
  }
  throw new Error("no two users share a hash");
}
