/** Values between the shapes of two versions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIRST_VERSION, NEWEST_VERSION, VERSION_NAMES } from "../../src/core/api-version.ts";
import type { FieldChange } from "../../src/versions/change.ts";
import { eventData } from "../../src/versions/event.ts";
import { changedOperations, olderShapes } from "../../src/versions/operation.ts";
import { RELEASES } from "../../src/versions/registry.ts";
import { insistOlder, newerValue, olderPointer, olderValue } from "../../src/versions/shape.ts";

const FIELDS: readonly FieldChange[] = [
  { field: "booked_on", was: "day" },
  { field: "kind", values: { applied: "invoice_payment" } },
];
const OLDER = { id: "1", kind: "applied", day: "2026-11-30", amount: 5 };
const NEWER = { id: "1", kind: "invoice_payment", booked_on: "2026-11-30", amount: 5 };

describe("a value", () => {
  it("goes to either shape with its fields in their order", () => {
    expect(JSON.stringify(olderValue(NEWER, FIELDS))).toBe(JSON.stringify(OLDER));
    expect(JSON.stringify(newerValue(OLDER, FIELDS))).toBe(JSON.stringify(NEWER));
  });

  it("stays as it is where it has the shape already, or is no object", () => {
    for (const value of [OLDER, null, "applied", 7, ["day"], { kind: "other" }]) {
      expect(olderValue(value, FIELDS)).toEqual(value);
    }
    expect(newerValue(NEWER, FIELDS)).toEqual(NEWER);
  });

  it("comes back from the other shape, whatever else it has", () => {
    const older = fc.record(
      { kind: fc.constantFrom("applied", "other"), day: fc.string(), x: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(older, (value) => {
        expect(olderValue(newerValue(value, FIELDS), FIELDS)).toEqual(value);
      }),
    );
  });

  it("is refused in an older body under its newer name, and problems name the older one", () => {
    expect(() => insistOlder({ booked_on: "x" }, FIELDS)).toThrow(/this version has day/);
    expect(olderPointer("/booked_on/0", FIELDS)).toBe("/day/0");
    expect(olderPointer("/kind", FIELDS)).toBe("/kind");
  });
});

describe("the registry", () => {
  it("has the versions in order, and a release for each but the first", () => {
    expect([...VERSION_NAMES].sort()).toEqual(VERSION_NAMES);
    expect(RELEASES.map(({ version }) => version)).toEqual(VERSION_NAMES.slice(1));
  });

  it("changes nothing of recording and of the routes that every version has alike", () => {
    const fixed = /\/api\/usage\/|\/api\/pdf\//;
    expect(changedOperations().filter((operation) => fixed.test(operation))).toEqual([]);
    for (const operation of changedOperations()) {
      expect([...olderShapes(operation).keys()]).not.toContain(NEWEST_VERSION);
    }
  });

  it("shows an event's data in a version, whichever version wrote it", () => {
    const type = "customer.balance_changed";
    for (const kind of ["returned", "invoice_refund"]) {
      expect(eventData(type, { kind }, NEWEST_VERSION)).toEqual({ kind: "invoice_refund" });
      expect(eventData(type, { kind }, FIRST_VERSION)).toEqual({ kind: "returned" });
    }
    expect(eventData("quote.accepted", { kind: "returned" }, NEWEST_VERSION)).toEqual({
      kind: "returned",
    });
  });
});
