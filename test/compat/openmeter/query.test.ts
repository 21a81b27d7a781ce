/** Queries of meters, and their rows, without a database. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageMicro } from "../../../src/compat/openmeter/meter.ts";
import {
  type MeterRow,
  queryOfBody,
  queryOfParams,
  resultBody,
  resultCsv,
  windowAt,
} from "../../../src/compat/openmeter/query.ts";
import { bucketsOf, WINDOWS } from "../../../src/metering/read/buckets.ts";

describe("a query", () => {
  it("is the same as parameters and as a body", () => {
    const params = new URLSearchParams(
      "from=2026-01-01T00:00:00.999Z&to=2026-02-01T00:00:00%2B01:00&windowSize=HOUR" +
        "&windowTimeZone=Europe/Berlin&subject=a&subject=b&groupBy=model&groupBy=subject" +
        "&filterGroupBy[model]=x&filterGroupBy[model]=y&filterGroupBy%5Btype%5D=in",
    );
    const body = {
      from: "2026-01-01T00:00:00Z",
      to: "2026-01-31T23:00:00.5Z",
      windowSize: "HOUR",
      windowTimeZone: "Europe/Berlin",
      subject: ["a", "b"],
      groupBy: ["model", "subject"],
      filterGroupBy: { model: ["x", "y"], type: ["in"] },
    };
    expect(queryOfParams(params)).toEqual(queryOfBody(body));
    expect(queryOfBody(body)).toMatchObject({
      fromMs: Date.parse("2026-01-01T00:00:00Z"),
      toMs: Date.parse("2026-01-31T23:00:00Z"),
      window: "hour",
      groups: ["model"],
      bySubject: true,
      byCustomer: false,
    });
  });

  it.each([
    [{ from: "2026-01-02" }, "/from"],
    [{ from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z" }, "/to"],
    [{ windowSize: "WEEK" }, "/windowSize"],
    [{ windowTimeZone: "Mars/Olympus" }, "/windowTimeZone"],
    [{ subject: "a" }, "/subject"],
    [{ subject: Array.from({ length: 101 }, String) }, "/subject"],
    [{ filterGroupBy: { model: 1 } }, "/filterGroupBy/model"],
    [{ filterGroupBy: [] }, "/filterGroupBy"],
    [{ advancedMeterGroupByFilters: {} }, "/advancedMeterGroupByFilters"],
  ])("refuses %j", (body, pointer) => {
    const refused = expect.objectContaining({
      extra: { errors: [expect.objectContaining({ pointer })] },
    });
    expect(() => queryOfBody(body)).toThrow(refused);
  });
});

describe("a window", () => {
  const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu");
  const time = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });

  it("is the whole one of the summary's windows that holds its instant", () => {
    fc.assert(
      fc.property(time, fc.constantFrom(...WINDOWS), zone, (ms, window, timeZone) => {
        const whole = windowAt(ms, window, timeZone);
        expect(whole.startMs).toBeLessThanOrEqual(ms);
        expect(whole.endMs).toBeGreaterThan(ms);
        // Asked from its start on, the summary's first window is the same.
        expect(bucketsOf({ startMs: whole.startMs, endMs: whole.endMs }, window, timeZone)).toEqual(
          [whole],
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("an average", () => {
  it("is the sum by the count, half to even", () => {
    expect([3n, 5n, 7n].map((sum) => averageMicro(sum, 2))).toEqual([2n, 2n, 4n]);
    expect(averageMicro(55_000_000n, 3)).toBe(18_333_333n);
    expect(averageMicro(0n, 0)).toBe(0n);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        fc.integer({ min: 1, max: 1e6 }),
        (sum, n) => {
          const off = averageMicro(sum, n) * BigInt(n) - sum;
          expect((off < 0n ? -off : off) * 2n <= BigInt(n)).toBe(true);
        },
      ),
    );
  });
});

describe("rows", () => {
  const query = queryOfBody({ subject: ["a"], groupBy: ["model"] });
  const row: MeterRow = {
    valueMicro: 9_223_372_036_854_775_807n,
    events: 2,
    firstMs: Date.parse("2026-01-01T10:00:59.999Z"),
    lastMs: Date.parse("2026-01-01T10:01:00Z"),
    window: null,
    subject: "a,b",
    customer: null,
    group: [null],
  };

  it("keep every digit, in JSON and in CSV", () => {
    const text = JSON.stringify(resultBody(query, [row]));
    expect(text).toBe(
      '{"data":[{"value":9223372036854.775807,"windowStart":"2026-01-01T10:00:00Z",' +
        '"windowEnd":"2026-01-01T10:02:00Z","subject":"a,b","groupBy":{"model":null}}]}',
    );
    expect(resultCsv(query, [row], new Map())).toBe(
      "window_start,window_end,subject,model,value\n" +
        '2026-01-01T10:00:00Z,2026-01-01T10:02:00Z,"a,b",,9223372036854.775807\n',
    );
    expect(resultCsv(query, [row], new Map([["a,b", 'Ada "A"']]))).toBe(
      "window_start,window_end,subject,subject_display_name,model,value\n" +
        '2026-01-01T10:00:00Z,2026-01-01T10:02:00Z,"a,b","Ada ""A""",,9223372036854.775807\n',
    );
  });
});
