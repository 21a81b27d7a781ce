import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isTooSlow,
  newReading,
  noteAnswer,
  noteAsked,
  noteSent,
} from "../../../src/metering/object/reading.ts";

const ASK_AFTER = 256_000;
const MOST_BEHIND = 1_000_000;

const frames = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 60 });

describe("the reader of a live socket", () => {
  it("is never too slow where it answers before it is a million behind", () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 0, max: 600_000 }), (lengths, lag) => {
        const reading = newReading();
        let asked = 0;
        for (const length of lengths) {
          expect(isTooSlow(reading)).toBe(false);
          if (noteSent(reading, length).ask) noteAsked(reading, `answer ${++asked}`);
          const behind = reading.unread - (reading.askedAt ?? reading.unread);
          if (behind >= lag) noteAnswer(reading, reading.answer);
        }
      }),
    );
  });

  it("is sent no more than a million after it was asked, whatever else it sends", () => {
    fc.assert(
      fc.property(frames, (lengths) => {
        const reading = newReading();
        let sent = 0;
        for (const length of lengths) {
          if (isTooSlow(reading)) break;
          sent += length;
          if (noteSent(reading, length).ask) noteAsked(reading, "the answer");
          for (const text of ["", "another", "the answe"]) {
            expect(noteAnswer(reading, text)).toBe(false);
          }
        }
        const largest = Math.max(...lengths);
        expect(sent).toBeLessThanOrEqual(ASK_AFTER + MOST_BEHIND + 2 * largest);
        expect(reading.unread).toBe(sent);
      }),
    );
  });

  it("has what it did not read kept at least every 64,000 characters", () => {
    fc.assert(
      fc.property(frames, (lengths) => {
        const reading = newReading();
        let kept = 0;
        for (const length of lengths) {
          const { ask, keep } = noteSent(reading, length);
          if (ask) noteAsked(reading, "x");
          if (keep) kept = reading.unread;
          expect(reading.unread - kept).toBeLessThan(64_000);
        }
      }),
    );
  });

  it("answers once", () => {
    const reading = newReading();
    noteSent(reading, ASK_AFTER);
    noteAsked(reading, "a");
    noteSent(reading, 10);
    expect(noteAnswer(reading, "a")).toBe(true);
    expect(noteAnswer(reading, "a")).toBe(false);
    expect(reading.unread).toBe(10);
  });
});
