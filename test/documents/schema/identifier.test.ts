import { describe, expect, it } from "vitest";
import {
  compact,
  compactVatId,
  isBic,
  isIban,
  isVatId,
  vatIdAdvice,
} from "../../../src/documents/schema/identifier.ts";

describe("a VAT id", () => {
  it.each([
    "ATU12345678",
    "BE0123456789",
    "CHE123456789MWST",
    "DE123456789",
    "EL123456789",
    "ESX1234567X",
    "FR40303265045",
    "GB123456789",
    "IE1234567WA",
    "IT12345678901",
    "NL123456789B01",
    "PL1234567890",
    "SE123456789001",
    "XI123456789",
    "IN27AAPFU0939F1ZV",
  ])("may be %s", (id) => {
    expect(isVatId(id)).toBe(true);
  });

  it("of Greece begins with EL, whichever of its codes is given", () => {
    expect(isVatId("GR123456789")).toBe(false);
    expect(compactVatId("gr 123 456 789")).toBe("EL123456789");
    expect(compactVatId("EL123456789")).toBe("EL123456789");
    expect(compactVatId("GR12")).toBe("GR12");
  });

  it.each(["DE12345678", "GR123456789X1234567", "123456789", "de123456789", "NL123456789", ""])(
    "is not %j",
    (id) => {
      expect(isVatId(id)).toBe(false);
    },
  );
});

describe("the example of a VAT id", () => {
  const countries = [
    ..."AT BE BG CH CY CZ DE DK EE EL ES FI FR GB HR HU".split(" "),
    ..."IE IT LT LU LV MT NL NO PL PT RO SE SI SK XI".split(" "),
  ];

  it.each(countries)("of %s is one", (country) => {
    const example = /such as (\w+)$/.exec(vatIdAdvice(`${country}?`))?.[1] ?? "";
    expect([example.slice(0, 2), isVatId(example)]).toEqual([country, true]);
  });
});

describe("an IBAN", () => {
  it("has check digits that hold", () => {
    expect(isIban(compact("GB82 WEST 1234 5698 7654 32"))).toBe(true);
    expect(isIban(compact("no93 8601 1117 947"))).toBe(true);
    expect(isIban("GB82WEST12345698765433")).toBe(false);
    expect(isIban("GB82")).toBe(false);
  });
});

describe("a BIC", () => {
  it("has 8 or 11 characters", () => {
    expect([isBic("COBADEFF"), isBic("COBADEFFXXX"), isBic("COBADEFFX")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
