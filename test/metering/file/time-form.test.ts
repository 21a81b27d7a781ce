import { describe, expect, it } from "vitest";
import { guessDates, type TimeOptions, timeReader } from "../../../src/metering/file/time-form.ts";

const read = (cell: string, options: TimeOptions = {}) => timeReader(options)(cell);
const BERLIN = { zone: "Europe/Berlin" };

describe("a time in a file", () => {
  it.each<[string, TimeOptions, string]>([
    ["2026-11-28T10:00:00Z", {}, "2026-11-28T10:00:00Z"],
    ["2026-11-28 10:00:00.123456+01:00", {}, "2026-11-28 10:00:00.123456+01:00"],
    ["1790000000", {}, "2026-09-21T14:13:20Z"],
    ["1790000000.25", {}, "2026-09-21T14:13:20.250Z"],
    ["1790000000123", {}, "2026-09-21T14:13:20.123Z"],
    ["60", { dates: "s" }, "1970-01-01T00:01:00Z"],
    ["1790000000", { dates: "ms" }, "1970-01-21T17:13:20Z"],
    ["28/11/2026 10:00", BERLIN, "2026-11-28T09:00:00Z"],
    ["11/28/2026 10:00 PM", BERLIN, "2026-11-28T21:00:00Z"],
    ["11/28/2026 12:30 a.m.", { zone: "UTC" }, "2026-11-28T00:30:00Z"],
    ["28.11.2026", BERLIN, "2026-11-27T23:00:00Z"],
    ["1.2.26 7:05:09,5", { zone: "UTC" }, "2026-02-01T07:05:09.500Z"],
    ["01/02/2026", { dates: "dmy", zone: "UTC" }, "2026-02-01T00:00:00Z"],
    ["01/02/2026", { dates: "mdy", zone: "UTC" }, "2026-01-02T00:00:00Z"],
    ["02/02/2026", { zone: "UTC" }, "2026-02-02T00:00:00Z"],
    ["2026/11/28 10:00", { zone: "UTC" }, "2026-11-28T10:00:00Z"],
    ["28/11/2026 10:00:00 +0200", {}, "2026-11-28T08:00:00Z"],
    ["2026-11-28 10:00 UTC", {}, "2026-11-28T10:00:00Z"],
    // No such hour, and one that comes twice.
    ["2026-03-29 02:40", BERLIN, "2026-03-29T01:00:00Z"],
    ["2026-10-25 02:40", BERLIN, "2026-10-25T00:40:00Z"],
    ["2026-10-25 03:10", BERLIN, "2026-10-25T02:10:00Z"],
    ["2026-04-05 01:45", { zone: "Australia/Lord_Howe" }, "2026-04-04T14:45:00Z"],
  ])("%s with %o is %s", (cell, options, text) => {
    expect(read(cell, options)).toEqual({ text });
  });

  it.each<[string, TimeOptions, RegExp]>([
    ["01/02/2026", { zone: "UTC" }, /two ways: say --dates dmy or mdy/],
    ["28.11.2026 10:00", {}, /no time zone: say --zone/],
    ["31.02.2026", { zone: "UTC" }, /is no day/],
    ["28/11/2026 25:00", { zone: "UTC" }, /cannot be read/],
    ["28/13/2026", { dates: "dmy", zone: "UTC" }, /is no day/],
    ["yesterday", { dates: "dmy" }, /cannot be read/],
    ["10:00", { dates: "ms" }, /no count of milliseconds/],
  ])("%s with %o is said to be wrong", (cell, options, fault) => {
    expect(read(cell, options)).toEqual({ fault: expect.stringMatching(fault) });
  });

  it("that is none stays for the API to refuse", () => {
    expect(read("yesterday")).toEqual({ text: "yesterday" });
    expect(() => timeReader({ dates: "iso" })).toThrow("--dates is one of");
    expect(() => timeReader({ zone: "Berlin" })).toThrow("--zone is a time zone");
  });

  it("tells the form of the others", () => {
    expect(guessDates(["01/02/2026", "28/02/2026"])).toBe("dmy");
    expect(guessDates(["01/02/2026", "02/28/2026 10:00"])).toBe("mdy");
    expect(guessDates(["01/02/2026", "2026-01-01", "x"])).toBeNull();
  });
});
