import { describe, expect, it } from "vitest";
import { streetLines } from "../../../src/documents/model/address.ts";

const address = (country: string | null, more = {}) => ({
  street: "Main Street",
  houseNumber: "12a",
  lines: ["2nd floor"],
  city: null,
  postalCode: null,
  region: null,
  country,
  ...more,
});

describe("a street and its number", () => {
  it.each(["FR", "GB", "US", "IE", "AU", "IN", "CA"])("stand with the number first in %s", (c) => {
    expect(streetLines(address(c))).toEqual(["12a Main Street", "2nd floor"]);
  });

  it.each(["DE", "AT", "CH", "NL", "IT", "SE", "PL", null])("stand with it behind in %s", (c) => {
    expect(streetLines(address(c))).toEqual(["Main Street 12a", "2nd floor"]);
  });

  it("have a comma between them where the country writes one", () => {
    expect(streetLines(address("ES"))[0]).toBe("Main Street, 12a");
    expect(streetLines(address("LU"))[0]).toBe("12a, Main Street");
  });

  it("are one line where there is only one of them, and none where lines say both", () => {
    const { street: _, houseNumber: __, ...earlier } = address("DE");
    expect(streetLines(earlier)).toEqual(["2nd floor"]);
    expect(streetLines({ ...earlier, street: "Hof" })).toEqual(["Hof", "2nd floor"]);
  });
});
