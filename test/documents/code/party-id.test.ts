/**
 * Identifiers of parties and their check digits: known good and bad ones, and what each notices.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGreekNumber } from "../../../src/documents/code/check-digit.ts";
import { partyIdFault, plainPartyId } from "../../../src/documents/code/party-id.ts";

/** By scheme: the rule, values that hold, and values that do not. */
const VALUES: [scheme: string, rule: string, good: string[], bad: string[]][] = [
  ["0007", "R049", ["5560360793", "2120000142"], ["5560360794", "556036079", "165560360793", "A"]],
  [
    "0088",
    "R040",
    ["7300010000001", "4012345000009", "5790000435968"],
    ["7300010000002", "4012345000008", "730001000000", "73000100000018", "A", ""],
  ],
  ["0151", "R050", ["51824753556", "53004085616"], ["51824753557", "5182475355", "X1824753556"]],
  ["0184", "R042", ["13585628", "DK13585628"], ["1358562", "135856281", "SE13585628"]],
  ["0192", "R041", ["974760673", "923609016"], ["974760674", "97476067", "000000000"]],
  ["0201", "R044", ["UFABCD", "UF1234"], ["UFABC", "UFABCDE", "UF-BCD"]],
  ["0208", "R043", ["0202239951", "0403170701"], ["0202239952", "202239951", "BE0202239951"]],
  [
    "0210",
    "R045",
    ["RSSMRA85T10A562S", "RSSMRA85T10A56NH", "00743110157"],
    ["RSSMRA85T10A562", "RSSMRA85T10A5621", "0074311015"],
  ],
  ["0211", "R047", ["IT12345670017", "00743110157"], ["IT12345670018", "FR12345670017", "IT1"]],
];

describe.each(VALUES)("an identifier of scheme %s", (scheme, rule, good, bad) => {
  it("holds where its form and its check digits do", () => {
    expect(good.map((value) => partyIdFault(scheme, value))).toEqual(good.map(() => null));
  });

  it(`breaks PEPPOL-COMMON-${rule} otherwise`, () => {
    const rules = bad.map((value) => partyIdFault(scheme, value)?.rule);
    expect(rules).toEqual(bad.map(() => `PEPPOL-COMMON-${rule}`));
  });
});

describe("an identifier", () => {
  it("is written with blanks, dots and dashes, and kept without", () => {
    expect(plainPartyId("0208", "0202.239.951")).toBe("0202239951");
    expect(plainPartyId("0007", "556036-0793")).toBe("5560360793");
    expect(plainPartyId("0210", "rssmra85t10a562s")).toBe("RSSMRA85T10A562S");
  });

  it("stays as it was in a scheme without a rule", () => {
    expect(plainPartyId("0204", "991-12345-06")).toBe("991-12345-06");
    expect([partyIdFault("0204", "991-12345-06"), partyIdFault("toString", "x")]).toEqual([
      null,
      null,
    ]);
  });

  it("is only warned of where the rule warns", () => {
    const fatal = VALUES.map(([scheme, , , [bad = ""]]) => partyIdFault(scheme, bad)?.fatal);
    const warning = new Set(["0201", "0210", "0211"]);
    expect(fatal).toEqual(VALUES.map(([scheme]) => !warning.has(scheme)));
  });
});

/** Schemes whose check digit notices any single digit that was changed. */
const NOTICES = ["0007", "0088", "0151", "0192", "0208", "0211"];

describe("a check digit", () => {
  const holding = VALUES.filter(([scheme]) => NOTICES.includes(scheme)).flatMap(
    ([scheme, , good]) => good.map((value) => [scheme, value] as const),
  );

  it("notices any single digit that is changed", () => {
    const change = fc.tuple(
      fc.constantFrom(...holding),
      fc.nat(12),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(change, ([[scheme, value], place, by]) => {
        const digits = value.replace(/\D/g, "");
        const at = place % digits.length;
        const other = (Number(digits[at]) + by) % 10;
        const changed = digits.slice(0, at) + other + digits.slice(at + 1);
        return partyIdFault(scheme, changed) !== null;
      }),
    );
  });

  it("of Greece holds for its tax numbers", () => {
    const numbers = ["094259216", "123456783", "094259217", "12345678", "A"];
    expect(numbers.map(isGreekNumber)).toEqual([true, true, false, false, false]);
  });
});
