import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counter } from "../../../src/metering/counter/terms.ts";
import { linesOf } from "../../../src/metering/event/body.ts";
import { parseLine } from "../../../src/metering/event/line.ts";
import {
  hexOf,
  packBody,
  piecesOf,
  rollUp,
  scanRolled,
  spanOf,
} from "../../../src/metering/ledger/segment.ts";
import { lines } from "../event/arbitrary.ts";

const counters = new Map<string, Counter>([
  ["größe", { metric: "größe", aggregation: "latest", property: null, dimensions: [] }],
]);

describe("lines added up as text", () => {
  it("come to the sums and spans of parsed lines, or are left to the parser", () => {
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
});

describe("pieces", () => {
  it("are bound as text that the platform takes, whatever the lines hold", () => {
    // Random characters of three bytes: nothing that could be compressed.
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 48_271) + 11) >>> 0;
      return String.fromCharCode(0x4e00 + ((state >>> 8) % 20_000));
    };
    const line = () => `["${Array.from({ length: 1_300 }, random).join("")}"]`;
    const rows = [380, 1, 20].map((n) => ({ n, body: Array.from({ length: n }, line).join("\n") }));
    const pieces = piecesOf(rows);
    for (const { body } of pieces) {
      expect(hexOf(packBody(body)).length).toBeLessThan(2_000_000);
    }
    expect(pieces.map(({ body }) => body).join("\n")).toBe(rows.map(({ body }) => body).join("\n"));
    expect(pieces.reduce((sum, { n }) => sum + n, 0)).toBe(401);
  });

  it("hold at most so many lines, in order, however the rows of the log held them", () => {
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
          expect(linesOf(body)).toHaveLength(n);
          expect(n).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
