/** Lines read as text say what the same lines say when they are parsed. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counter } from "../../src/metering/counter/terms.ts";
import { hash32 } from "../../src/metering/event/hash.ts";
import {
  type Event,
  encodeLine,
  type LineTuple,
  parseLine,
} from "../../src/metering/event/line.ts";
import { LineScanner } from "../../src/metering/event/scan.ts";
import { piecesOf, rollUp, scanRolled, spanOf } from "../../src/metering/ledger/segment.ts";
import { bucketOf, SeriesPacker, unpackSeries, WHOLE } from "../../src/metering/ledger/series.ts";

const name = fc.oneof(
  fc.constantFrom("api_calls", "größe", 'a "quoted" name', "back\\slash", "\\", "},0,5]", "[1,2]"),
  fc.string({ minLength: 1, unit: "grapheme", maxLength: 20 }),
);
const json = fc.jsonValue({ maxDepth: 3 });

const event = fc.record<Event>({
  id: name,
  source: fc.oneof(fc.constant("api"), name),
  metric: name,
  micro: fc.oneof(
    fc.bigInt({ min: 0n, max: 10n ** 7n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
    fc.constantFrom(0n, 10n ** 15n - 1n, 10n ** 15n, 2n ** 53n - 1n, 2n ** 53n),
  ),
  atMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  receivedMs: fc.integer({ min: 1, max: 2_000_000_000_000 }),
  userId: fc.option(name),
  metadata: fc.option(fc.dictionary(name, json, { minKeys: 1, maxKeys: 4 })),
  voidsSeq: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat() },
  ),
  timeGiven: fc.boolean(),
  requestedMicro: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 60n }) },
  ),
});
const lines = fc.array(event.map(encodeLine), { maxLength: 12 });

describe("a line", () => {
  it("reads as it parses", () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const scanner = new LineScanner(texts.join("\n"));
        for (const text of texts) {
          expect(scanner.next()).toBe(true);
          const { id, metric, micro, atMs, user, metadata, voids } = scanner;
          const [pId, pMetric, pMicro, pAtMs, pUser, pMetadata, , , pVoids] = parseLine(text);
          expect([id, metric, micro, atMs]).toEqual([pId, pMetric, pMicro, pAtMs]);
          expect([user, voids]).toEqual([pUser ?? 0, pVoids ?? 0]);
          expect(metadata).toBe(pMetadata ? JSON.stringify(pMetadata) : "");
        }
        expect(scanner.next()).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

const counters = new Map<string, Counter>([
  ["größe", { metric: "größe", aggregation: "latest", property: null, dimensions: [] }],
]);

describe("lines", () => {
  it("come to the same sums, and spans of their pieces, or are left to the parser", () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const tuples = texts.map(parseLine);
        const rows = texts.map((body) => ({ n: 1, body }));
        const scanned = scanRolled(piecesOf(rows, 5), counters);
        const needsMore = tuples.some(([, metric, , , , , , , voids]) => {
          return Boolean(voids) || metric === "größe";
        });
        expect(scanned === null).toBe(needsMore);
        if (!scanned) return;
        expect(scanned.rolled).toEqual(rollUp(tuples, counters));
        const pieces = Array.from({ length: Math.ceil(tuples.length / 5) }, (_, i) =>
          spanOf(tuples.slice(i * 5, i * 5 + 5)),
        );
        expect(scanned.spans).toEqual(pieces);
      }),
      { numRuns: 300 },
    );
  });

  it("lie in pieces of at most so many, in order, however they lay in rows", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 12 }), (rows, most) => {
        let line = 0;
        const made = rows.map((n) => ({
          n,
          body: Array.from({ length: n }, () => `[${line++}]`).join("\n"),
        }));
        const pieces = piecesOf(made, most);
        expect(pieces.map(({ body }) => body).join("\n")).toBe(
          made.map(({ body }) => body).join("\n"),
        );
        for (const { n, body } of pieces) {
          expect(body.split("\n")).toHaveLength(n);
          expect(n).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it("come back from their series as far as a summary needs them", () => {
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

  it("come back from the series of a large generation, each user's from one bucket", () => {
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
      const found = own.flatMap(({ body }) => unpackSeries(body, user));
      expect(found).toEqual(lines.filter(({ tuple }) => tuple[4] === user));
      expect(found.length).toBeGreaterThan(0);
    }
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
