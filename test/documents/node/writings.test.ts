/** The table of how locales write is what Intl says, and is read as Intl would write. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intlWriting } from "../../../src/documents/language/intl.ts";
import { writingOf } from "../../../src/documents/language/writing.ts";
import { COUNTRIES, LOCALES, SIGNS, writingsJson } from "./writings.ts";

it("the table of writings equals what Intl says; `vitest -u` writes it anew", async () => {
  await expect(writingsJson()).toMatchFileSnapshot("../../../src/documents/language/writings.json");
});

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const day = fc.integer({ min: Date.parse("1999-01-01"), max: Date.parse("2099-12-31") }).map(dayOf);

describe.each(LOCALES)("in %s", (locale) => {
  const [ours, theirs] = [writingOf(locale), intlWriting(locale)];

  it("every day, range, country and sign is written as by Intl", () => {
    for (let ms = Date.parse("2028-01-01"); dayOf(ms) < "2029"; ms += 86_400_000) {
      expect(ours.date(dayOf(ms))).toBe(theirs.date(dayOf(ms)));
      for (const days of [0, 1, 27, 300, 400]) {
        const end = dayOf(ms + days * 86_400_000);
        expect(ours.range(dayOf(ms), end)).toBe(theirs.range(dayOf(ms), end));
      }
    }
    fc.assert(
      fc.property(day, day, (one, other) => {
        expect(ours.range(one, other)).toBe(theirs.range(one, other));
      }),
      { numRuns: 50 },
    );
    for (const code of [...COUNTRIES, "PE", "??"]) {
      expect(ours.country(code)).toBe(theirs.country(code));
    }
    for (const code of [...SIGNS, "KWD"]) {
      expect(ours.currency(code)).toEqual(theirs.currency(code));
      expect(ours.owing(code)).toEqual(theirs.owing(code));
    }
    for (const member of ["numbers", "money", "percent"] as const) {
      expect(ours[member]).toEqual(theirs[member]);
    }
  });
});
