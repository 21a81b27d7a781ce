import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fitsInto,
  INTERVALS,
  type Interval,
  isTimeZone,
  periodAt,
  periodContaining,
  type Schedule,
  startOfDay,
} from "../../src/core/period.ts";
import { parseTime, timeText } from "../../src/core/time.ts";
import { boundary, type Length } from "../billing/lives/calendar.ts";

function at(text: string): number {
  const ms = parseTime(text);
  if (ms === null) throw new Error(text);
  return ms;
}

function schedule(start: string, rest: Partial<Schedule> = {}): Schedule {
  const anchorMs = at(start);
  return { interval: "month", anchor: "anniversary", timeZone: "UTC", anchorMs, ...rest };
}

function starts(of: Schedule, count: number): string[] {
  return Array.from({ length: count }, (_, n) => timeText(periodAt(of, n).startMs));
}

describe("anniversary periods", () => {
  it("clamp to a month's end and restore the anchor's day", () => {
    expect(starts(schedule("2026-01-31T10:00:00Z"), 5)).toEqual([
      "2026-01-31T10:00:00Z",
      "2026-02-28T10:00:00Z",
      "2026-03-31T10:00:00Z",
      "2026-04-30T10:00:00Z",
      "2026-05-31T10:00:00Z",
    ]);
    expect(starts(schedule("2027-12-31T00:00:00Z"), 4)[2]).toBe("2028-02-29T00:00:00Z");
    expect(starts(schedule("2028-01-30T00:00:00Z"), 3)).toEqual([
      "2028-01-30T00:00:00Z",
      "2028-02-29T00:00:00Z",
      "2028-03-30T00:00:00Z",
    ]);
  });

  it("keep February 29 for leap years only", () => {
    expect(starts(schedule("2024-02-29T00:00:00Z", { interval: "year" }), 5)).toEqual([
      "2024-02-29T00:00:00Z",
      "2025-02-28T00:00:00Z",
      "2026-02-28T00:00:00Z",
      "2027-02-28T00:00:00Z",
      "2028-02-29T00:00:00Z",
    ]);
    expect(starts(schedule("1999-02-28T00:00:00Z", { interval: "year" }), 3)[1]).toBe(
      "2000-02-28T00:00:00Z",
    );
  });

  it("of a year begin and end on the anchor's day, a millisecond before and after", () => {
    const yearly = schedule("2024-06-15T09:30:00Z", { interval: "year" });
    const day = at("2026-06-15T09:30:00Z");
    const starts = [day - 1, day, day + 1].map((ms) => periodContaining(yearly, ms)?.startMs);
    expect(starts.map((ms) => timeText(ms ?? 0))).toEqual([
      "2025-06-15T09:30:00Z",
      "2026-06-15T09:30:00Z",
      "2026-06-15T09:30:00Z",
    ]);
  });

  it("keep the local hour over both changes of daylight saving time", () => {
    const berlin = schedule("2026-02-15T08:00:00Z", { timeZone: "Europe/Berlin" });
    expect(starts(berlin, 3)).toEqual([
      "2026-02-15T08:00:00Z",
      "2026-03-15T08:00:00Z",
      "2026-04-15T07:00:00Z",
    ]);
  });

  it("start at the first valid instant where the local time is in a gap", () => {
    // 02:30 on 29 March 2026 does not exist in Berlin; 03:00 CEST does.
    const berlin = schedule("2026-01-29T01:30:00Z", { timeZone: "Europe/Berlin" });
    expect(starts(berlin, 4)[2]).toBe("2026-03-29T01:00:00Z");
    // New York, 02:30 on 8 March.
    const newYork = schedule("2026-02-08T07:30:00Z", { timeZone: "America/New_York" });
    expect(starts(newYork, 2)[1]).toBe("2026-03-08T07:00:00Z");
    // A whole day that Samoa skipped: the first valid instant is the next day's.
    const apia = schedule("2011-11-30T20:00:00Z", { timeZone: "Pacific/Apia" });
    expect(starts(apia, 2)[1]).toBe("2011-12-30T10:00:00Z");
  });

  it("start at the earlier of two instants where the local time is in an overlap", () => {
    // 02:30 on 25 October 2026 happens twice in Berlin: at 00:30Z and at 01:30Z.
    const berlin = schedule("2026-09-25T00:30:00Z", { timeZone: "Europe/Berlin" });
    expect(starts(berlin, 2)[1]).toBe("2026-10-25T00:30:00Z");
    const second = schedule("2026-10-25T01:30:00Z", { timeZone: "Europe/Berlin" });
    expect(starts(second, 2)).toEqual(["2026-10-25T01:30:00Z", "2026-11-25T01:30:00Z"]);
  });

  it("are those of their own zone, east and west of UTC", () => {
    const utcEdge = "2026-01-31T20:00:00Z";
    expect(starts(schedule(utcEdge, { timeZone: "Pacific/Kiritimati" }), 2)[1]).toBe(
      "2026-02-28T20:00:00Z", // 1 February there, so 1 March
    );
    expect(starts(schedule(utcEdge, { timeZone: "Pacific/Honolulu" }), 2)[1]).toBe(
      "2026-02-28T20:00:00Z", // 31 January there, clamped to 28 February
    );
    expect(starts(schedule(utcEdge, { timeZone: "Pacific/Kiritimati" }), 3)[2]).toBe(
      "2026-03-31T20:00:00Z",
    );
    expect(starts(schedule("2026-01-31T02:00:00Z", { timeZone: "Asia/Kolkata" }), 3)).toEqual([
      "2026-01-31T02:00:00Z",
      "2026-02-28T02:00:00Z",
      "2026-03-31T02:00:00Z",
    ]);
  });
});

describe("periods of weeks and of several months", () => {
  it("keep the local hour and weekday of a week over both changes of the clock", () => {
    const berlin = (start: string) =>
      starts(schedule(start, { interval: "week", timeZone: "Europe/Berlin" }), 3);
    expect(berlin("2026-03-24T08:00:00Z")).toEqual([
      "2026-03-24T08:00:00Z",
      "2026-03-31T07:00:00Z",
      "2026-04-07T07:00:00Z",
    ]);
    // 02:30 on Sunday 29 March does not exist, and on 25 October it happens twice.
    expect(berlin("2026-03-22T01:30:00Z")).toEqual([
      "2026-03-22T01:30:00Z",
      "2026-03-29T01:00:00Z",
      "2026-04-05T00:30:00Z",
    ]);
    expect(berlin("2026-10-18T00:30:00Z")).toEqual([
      "2026-10-18T00:30:00Z",
      "2026-10-25T00:30:00Z",
      "2026-11-01T01:30:00Z",
    ]);
  });

  it("know a week that a zone skipped a day of", () => {
    // Samoa had no 30 December 2011: a week that would begin then begins with the 31st.
    const apia = schedule("2011-12-23T20:00:00Z", { interval: "week", timeZone: "Pacific/Apia" });
    expect(starts(apia, 3)).toEqual([
      "2011-12-23T20:00:00Z",
      "2011-12-30T10:00:00Z",
      "2012-01-05T20:00:00Z",
    ]);
  });

  it("clamp to the end of their months and restore the anchor's day", () => {
    expect(starts(schedule("2027-11-30T00:00:00Z", { interval: "quarter" }), 5)).toEqual([
      "2027-11-30T00:00:00Z",
      "2028-02-29T00:00:00Z",
      "2028-05-30T00:00:00Z",
      "2028-08-30T00:00:00Z",
      "2028-11-30T00:00:00Z",
    ]);
    expect(starts(schedule("2026-08-31T00:00:00Z", { interval: "half_year" }), 5)).toEqual([
      "2026-08-31T00:00:00Z",
      "2027-02-28T00:00:00Z",
      "2027-08-31T00:00:00Z",
      "2028-02-29T00:00:00Z",
      "2028-08-31T00:00:00Z",
    ]);
  });

  it("begin with the calendar's weeks, quarters and half-years after a stub", () => {
    const from = (start: string, interval: Interval) =>
      periodAt(schedule(start, { anchor: "calendar", interval }), 0);
    const shown = (start: string, interval: Interval) => {
      const { wholeStartMs, startMs, endMs } = from(start, interval);
      return [wholeStartMs, startMs, endMs].map((ms) => timeText(ms).slice(0, 10));
    };
    // Sunday 1 March, and Monday 2 March 2026.
    expect(shown("2026-03-01T09:00:00Z", "week")).toEqual([
      "2026-02-23",
      "2026-03-01",
      "2026-03-02",
    ]);
    expect(shown("2026-03-02T00:00:00Z", "week")).toEqual([
      "2026-03-02",
      "2026-03-02",
      "2026-03-09",
    ]);
    expect(shown("2026-11-17T00:00:00Z", "quarter")).toEqual([
      "2026-10-01",
      "2026-11-17",
      "2027-01-01",
    ]);
    expect(shown("2026-06-30T00:00:00Z", "half_year")).toEqual([
      "2026-01-01",
      "2026-06-30",
      "2026-07-01",
    ]);
  });

  it("are filled by shorter ones only where those begin with them", () => {
    const parts = INTERVALS.map((cycle) => INTERVALS.filter((one) => fitsInto(one, cycle)));
    expect(parts).toEqual([
      ["week"],
      ["month"],
      ["month", "quarter"],
      ["month", "quarter", "half_year"],
      ["month", "quarter", "half_year", "year"],
    ]);
  });
});

describe("calendar periods", () => {
  it("begin with a stub whose whole is the calendar month, DST included", () => {
    const berlin = schedule("2026-03-17T08:30:00Z", {
      anchor: "calendar",
      timeZone: "Europe/Berlin",
    });
    const stub = periodAt(berlin, 0);
    expect((stub.endMs - stub.startMs) / 1000).toBe(1_258_200);
    expect((stub.wholeEndMs - stub.wholeStartMs) / 1000).toBe(2_674_800);
    expect(timeText(stub.endMs)).toBe("2026-03-31T22:00:00Z");
    const next = periodAt(berlin, 1);
    expect([timeText(next.startMs), timeText(next.endMs)]).toEqual([
      "2026-03-31T22:00:00Z",
      "2026-04-30T22:00:00Z",
    ]);
    expect([next.wholeStartMs, next.wholeEndMs]).toEqual([next.startMs, next.endMs]);
  });

  it("begin whole on the boundary itself", () => {
    const period = periodAt(schedule("2026-04-01T00:00:00Z", { anchor: "calendar" }), 0);
    expect([period.wholeStartMs, period.wholeEndMs]).toEqual([period.startMs, period.endMs]);
  });

  it("run from January to January on a yearly cycle", () => {
    const of = schedule("2026-03-17T00:00:00Z", { anchor: "calendar", interval: "year" });
    expect(starts(of, 3)).toEqual([
      "2026-03-17T00:00:00Z",
      "2027-01-01T00:00:00Z",
      "2028-01-01T00:00:00Z",
    ]);
  });
});

const zones = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Africa/Casablanca",
  "America/St_Johns",
  "America/Santiago",
  "America/Havana",
  "America/Asuncion",
  "America/Godthab",
  "Asia/Tehran",
  "Asia/Gaza",
  "Asia/Kathmandu",
  "Atlantic/Azores",
  "Antarctica/Troll",
  "Pacific/Kiritimati",
  "Pacific/Honolulu",
);
/** As the model of lives has them, which is written from the rules alone. */
const LENGTHS: Record<Interval, Length> = {
  week: { weeks: 1 },
  month: { months: 1 },
  quarter: { months: 3 },
  half_year: { months: 6 },
  year: { months: 12 },
};
const schedules = fc.record<Schedule>({
  interval: fc.constantFrom(...INTERVALS),
  anchor: fc.constantFrom("anniversary", "calendar"),
  timeZone: zones,
  anchorMs: fc.integer({ min: at("1995-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") }),
});

describe("every schedule", () => {
  it("tiles time: each start is the previous end, and each instant is in one period", () => {
    fc.assert(
      fc.property(
        schedules,
        fc.nat(600),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (of, n, x) => {
          const [period, next] = [periodAt(of, n), periodAt(of, n + 1)];
          expect(next.startMs).toBe(period.endMs);
          expect(period.endMs).toBeGreaterThan(period.startMs);
          const inside = period.startMs + Math.floor(x * (period.endMs - period.startMs));
          expect(periodContaining(of, inside)).toEqual(period);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("counts each boundary from its anchor alone, so that none drifts", () => {
    fc.assert(
      fc.property(schedules, fc.nat(600), (of, n) => {
        const { timeZone: zone, anchorMs: anchor } = of;
        const counting = { anchor, zone, calendar: of.anchor === "calendar", moves: [] };
        const [from, to] = [n, n + 1].map((k) => boundary(counting, LENGTHS[of.interval], k));
        const { wholeStartMs, wholeEndMs } = periodAt(of, n);
        expect([wholeStartMs, wholeEndMs]).toEqual([from, to]);
      }),
      { numRuns: 2000 },
    );
  });

  it("has nothing before its anchor", () => {
    const of = schedule("2026-01-31T10:00:00Z");
    expect(periodContaining(of, of.anchorMs - 1)).toBeNull();
    expect(periodContaining(of, of.anchorMs)?.n).toBe(0);
  });

  it("nests what fits into it, so that usage by the month fits a quarter or a year", () => {
    fc.assert(
      fc.property(schedules, fc.constantFrom(...INTERVALS), fc.nat(20), (of, interval, n) => {
        fc.pre(fitsInto(interval, of.interval));
        const { endMs } = periodAt(of, n);
        expect(periodContaining({ ...of, interval }, endMs)?.startMs).toBe(endMs);
      }),
      { numRuns: 2000 },
    );
  });

  it("is tiled also where a boundary moves it to another zone", () => {
    fc.assert(
      fc.property(schedules, fc.nat(30), zones, fc.nat(30), (of, moved, timeZone, n) => {
        const atMs = periodAt(of, moved).endMs;
        const to = { ...of, zones: [{ atMs, timeZone }] };
        const [period, next] = [periodAt(to, n), periodAt(to, n + 1)];
        expect(next.startMs).toBe(period.endMs);
        fc.pre(period.endMs > period.startMs);
        expect(periodContaining(to, period.startMs)).toEqual(period);
        expect(periodContaining(to, period.endMs - 1)).toEqual(period);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("zones and days", () => {
  it("accepts names of the IANA database only", () => {
    for (const zone of ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"]) {
      expect(isTimeZone(zone)).toBe(true);
    }
    for (const zone of ["", "+02:00", "Mars/Phobos", "Europe/Berlin ", "../etc/passwd"]) {
      expect(isTimeZone(zone)).toBe(false);
    }
  });

  it("gives a day's first instant in its zone, and null for no day", () => {
    const day = startOfDay("2015-05-17", "Asia/Kolkata");
    expect(day === null ? null : timeText(day)).toBe("2015-05-16T18:30:00Z");
    // Midnight did not exist in Sao Paulo on 4 November 2018.
    expect(startOfDay("2018-11-04", "America/Sao_Paulo")).toBe(at("2018-11-04T03:00:00Z"));
    expect(startOfDay("2026-02-29", "UTC")).toBeNull();
    expect(startOfDay("2026-2-1", "UTC")).toBeNull();
  });
});
