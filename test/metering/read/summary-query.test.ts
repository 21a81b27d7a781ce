import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listOf, withFilters } from "../../../src/metering/read/summary-query.ts";

const escaped = (text: string) => text.replaceAll(/[\\,]/g, "\\$&");

describe("a list in a query", () => {
  it("gives back any texts that were escaped, given at once or one by one", () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom("a", ",", "\\", "ß", "") }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(texts, (list) => {
        expect(listOf(list.map(escaped).join(","))).toEqual(list);
        expect(listOf(list.map(escaped))).toEqual(list);
      }),
    );
  });

  it.each([
    ["a,b", ["a", "b"]],
    ["", [""]],
    ["a,", ["a", ""]],
    ["C:\\dir", ["C:\\dir"]],
    ["a\\,b,c", ["a,b", "c"]],
    ["ends\\", ["ends\\"]],
  ])("reads %j as %j", (text, list) => {
    expect(listOf(text)).toEqual(list);
  });
});

describe("filters in a query", () => {
  it("are one map by their keys, whatever the keys are called", () => {
    const query = JSON.parse(
      '{"a": "1", "filter[model]": "x,y", "filter[__proto__]": ["p", "q"], "filter[a[b]]": ""}',
    );
    expect(withFilters(query)).toEqual({
      a: "1",
      filter: new Map([
        ["model", ["x", "y"]],
        ["__proto__", ["p", "q"]],
        ["a[b]", [""]],
      ]),
    });
    expect(withFilters({ a: "1" })).toEqual({ a: "1" });
  });
});
