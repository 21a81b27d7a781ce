import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bodyOf,
  errorAt,
  errorsElsewhere,
  type Field,
  fieldText,
  rowsOf,
  sentOf,
  setAt,
  valueAt,
} from "../../../src/dashboard/form/form.ts";

const NAME: Field = { pointer: "/name", label: "Name", kind: "line" };

describe("what a form sends", () => {
  it("becomes a body with a value at each field's pointer", () => {
    const fields: Field[] = [
      NAME,
      { pointer: "/address/lines", label: "Street", kind: "lines" },
      { pointer: "/address/city", label: "City", kind: "line", clears: true },
      { pointer: "/days", label: "Days", kind: "integer" },
      { pointer: "/price", label: "Price", kind: "decimal" },
      { pointer: "/on", label: "On", kind: "flag" },
      { pointer: "/off", label: "Off", kind: "flag" },
      { pointer: "/events", label: "Events", kind: "choices" },
    ];
    const sent = sentOf([
      ["/name", "  Acme  "],
      ["/address/lines", "1 Street\r\n\r\n Floor 2 "],
      ["/address/city", ""],
      ["/days", "14"],
      ["/price", "0.10"],
      ["/on", "yes"],
      ["/events", "a"],
      ["/events", "b"],
      ["/other", "nobody asked"],
    ]);
    expect(bodyOf(fields, sent)).toEqual({
      name: "Acme",
      address: { lines: ["1 Street", "Floor 2"], city: null },

      days: 14,
      price: "0.10",
      on: true,
      off: false,
      events: ["a", "b"],
    });
  });

  it("keeps text in a field for whole numbers, so that the schema refuses it", () => {
    const field: Field = { pointer: "/days", label: "Days", kind: "integer" };
    expect(bodyOf([field], sentOf([["/days", "soon"]]))).toEqual({ days: "soon" });
  });

  it("has rows with their numbers, without those that were left empty", () => {
    const sent = sentOf([
      ["/lines/0/name", ""],
      ["/lines/2/name", "C"],
      ["/lines/10/name", "K"],
      ["/lines/x/name", "no"],
    ]);
    expect(rowsOf(sent, "/lines", [NAME])).toEqual([
      { index: 2, body: { name: "C" } },
      { index: 10, body: { name: "K" } },
    ]);
  });
});

describe("a pointer", () => {
  it("finds the value that was set at it", () => {
    const part = fc.stringMatching(/^[a-z~/]{1,6}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.integer(), (parts, value) => {
        const escaped = parts.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"));
        const pointer = escaped.map((part) => `/${part}`).join("");
        const body = {};
        setAt(body, pointer, value);
        expect(valueAt(body, pointer)).toBe(value);
        expect(fieldText(body, { pointer, kind: "line" })).toBe(String(value));
      }),
    );
  });

  it("finds nothing that every object inherits", () => {
    expect(valueAt({}, "/constructor")).toBeUndefined();
  });
});

describe("a problem", () => {
  const errors = [
    { pointer: "/address/country", detail: "is a code" },
    { pointer: "/tax", detail: "is odd" },
  ];

  it("shows each error at its field, and errors without a field at the head", () => {
    expect(errorAt(errors, "/address/country")).toBe("is a code");
    expect(errorAt(errors, "/address")).toBe("is a code");
    expect(errorAt(errors, "/add")).toBeNull();
    expect(errorsElsewhere(errors, ["/address/country"])).toEqual([errors[1]]);
  });
});
