import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLines } from "../../../src/metering/event/line.ts";
import { linesOfMetrics, linesOfUsers, linesWithin } from "../../../src/metering/event/search.ts";
import { body, SPAN, START, userId } from "./arbitrary.ts";

/** Every line of a body, for comparison. */
function all(lines: string) {
  return parseLines(lines).map((tuple, index) => ({ index, tuple }));
}

describe("a search through lines as text", () => {
  it("finds every event of a user, and which line it is", () => {
    fc.assert(
      fc.property(body, userId, (lines, user) => {
        const wanted = all(lines).filter(({ tuple }) => tuple[4] === user);
        expect(linesOfUsers(lines, [user])).toEqual(wanted);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds every event of any of several users, and of none", () => {
    const users = fc.array(fc.oneof(userId, fc.constant("")), { maxLength: 12 });
    fc.assert(
      fc.property(body, users, (lines, asked) => {
        const wanted = all(lines).filter(({ tuple }) => asked.includes(tuple[4] || ""));
        expect(linesOfUsers(lines, asked)).toEqual(wanted);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds every event of some metrics, whatever users are called", () => {
    const names = fc.array(userId, { maxLength: 10 });
    fc.assert(
      fc.property(body, names, (lines, others) => {
        const tuples = all(lines);
        const asked = [...others, ...(tuples[0] ? [tuples[0].tuple[1]] : [])];
        const wanted = tuples.filter(({ tuple }) => asked.includes(tuple[1]));
        expect(linesOfMetrics(lines, asked)).toEqual(wanted);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds every event of a span of time", () => {
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
    expect(linesOfUsers(lines, ["ann"]).map(({ index }) => index)).toEqual([0, 2]);
    expect(linesWithin(lines, 1764000899000, 1764000901000).map(({ index }) => index)).toEqual([2]);
  });
});
