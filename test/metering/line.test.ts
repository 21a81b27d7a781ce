import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutLines, type Event, encodeLine, parseLines } from "../../src/metering/event/line.ts";
import { linesOfUser, linesWithin } from "../../src/metering/event/search.ts";

const text = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }).filter((of) => {
  return !/[\p{Cc}\p{Cs}]/u.test(of);
});
const user = fc.oneof(text, fc.constantFrom("a", 'a"b', "a\\", "[1,2", ",a", "user-1", "user-12"));
const START = Date.UTC(2026, 10, 24);
const SPAN = 3 * 3_600_000;

const event: fc.Arbitrary<Event> = fc.record({
  id: text,
  source: fc.constantFrom("api", "gateway"),
  metric: fc.constantFrom("api_calls", "bytes"),
  micro: fc.bigInt({ min: 0n, max: 2n ** 60n }),
  atMs: fc.integer({ min: START, max: START + SPAN }),
  receivedMs: fc.integer({ min: START, max: START + SPAN }),
  userId: fc.option(user),
  metadata: fc.option(fc.record({ note: text })),
  voidsSeq: fc.constant(null),
  timeGiven: fc.boolean(),
  requestedMicro: fc.constant(null),
});
const body = fc.array(event, { maxLength: 40 }).map((events) => events.map(encodeLine).join("\n"));

/** Every line of a body, for comparison. */
function all(lines: string) {
  return parseLines(lines).map((tuple, index) => ({ index, tuple }));
}

describe("a body", () => {
  it("is cut between its lines", () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 12 }), (lines, most) => {
        const pieces = cutLines(lines, most);
        expect(pieces.join("\n")).toBe(lines);
        const sizes = pieces.map((piece) => piece.split("\n").length);
        const n = lines === "" ? 0 : lines.split("\n").length;
        expect(sizes).toEqual(
          Array.from({ length: Math.ceil(n / most) }, (_, i) => Math.min(most, n - i * most)),
        );
      }),
    );
  });
});

describe("a search through lines as text", () => {
  it("finds every event of a user, at its place", () => {
    fc.assert(
      fc.property(body, user, (lines, of) => {
        const wanted = all(lines).filter(({ tuple }) => tuple[4] === of);
        expect(linesOfUser(lines, of)).toEqual(wanted);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds every event of a stretch of time", () => {
    const from = fc.integer({ min: START - 1_000, max: START + SPAN });
    fc.assert(
      fc.property(body, from, fc.integer({ min: 1, max: 2_000_000 }), (lines, startMs, length) => {
        const endMs = startMs + length;
        const wanted = all(lines).filter(({ tuple: [, , , at] }) => at >= startMs && at < endMs);
        expect(linesWithin(lines, startMs, endMs)).toEqual(wanted);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds times of twelve digits beside those of thirteen", () => {
    const lines = ['["a","m",1,999999999999]', '["b","m",1,1000000000000]'].join("\n");
    expect(linesWithin(lines, 999_999_999_000, 1_000_000_001_000)).toEqual(all(lines));
  });

  it("parses no line without the user, nor one of another time", () => {
    const line = (id: string, at: number) => `["${id}","m",1,${at},"ann",0,0,1764000000500]`;
    const lines = [line("a", 1764000000000), "not a line", line("c", 1764000900000)].join("\n");
    expect(linesOfUser(lines, "ann").map(({ index }) => index)).toEqual([0, 2]);
    expect(linesWithin(lines, 1764000899000, 1764000901000).map(({ index }) => index)).toEqual([2]);
  });
});
