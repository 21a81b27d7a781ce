/** Lines of an access log become visits, and visits become usage that is safe to send again. */
import { describe, expect, it } from "vitest";
import { sampleLog } from "../../../scripts/lib/sample-log.ts";
import {
  lineOf,
  parseVisit,
  usageOf,
  visitInMonth,
} from "../../../src/metering/file/access-log.ts";

const COMMON = '192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326';
const COMBINED = `${COMMON} "http://example.com/start" "Mozilla/4.08 [en] (Win98; I)"`;

describe("a line of an access log", () => {
  it("is read in the Common and in the Combined format, with its offset", () => {
    const expected = { address: "192.0.2.7", method: "GET", status: 200, bytes: 2326 };
    const atMs = Date.UTC(2000, 9, 10, 20, 55, 36);
    expect(parseVisit(COMMON, 1)).toMatchObject({ ...expected, atMs });
    expect(parseVisit(COMBINED, 1)).toMatchObject({ ...expected, atMs });
  });

  it("counts `-` as no bytes", () => {
    expect(parseVisit(COMMON.replace("2326", "-"), 1)?.bytes).toBe(0);
  });

  it("may hold quotes, brackets and what is no request at all", () => {
    const odd = (request: string) => COMMON.replace("GET /a.gif HTTP/1.0", request);
    expect(parseVisit(odd('GET /?q=\\"x\\" [1] HTTP/1.1'), 1)?.method).toBe("GET");
    expect(parseVisit(odd("-"), 1)?.method).toBe("-");
    expect(parseVisit(odd("\\x16\\x03\\x01"), 1)?.method).toBe("-");
  });

  it.each([
    "",
    "not a log line",
    COMMON.replace("Oct", "Okt"),
    COMMON.replace("[10/", "[32/"),
    COMMON.replace(" 2326", ""),
  ])("is refused where it is none: %j", (line) => {
    expect(parseVisit(line, 1)).toBeNull();
  });

  it.each([
    ["-", null],
    ["unknown", null],
    ["unknown, unknown", null],
    ['"-, unknown"', null],
    ["unknown, 203.0.113.21", "203.0.113.21"],
    ["203.0.113.20:51234", "203.0.113.20"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["unknown.example", "unknown.example"],
  ])("names its client, or nobody, in %s", (field, address) => {
    const visit = parseVisit(COMMON.replace("192.0.2.7", field), 1);
    expect(visit?.address).toBe(address);
    const users = visit ? usageOf(visit).map((item) => "user_id" in item) : [];
    expect(users).toEqual([address !== null, address !== null]);
  });

  it("has an id of its content and its position", () => {
    const id = (line: string, number: number) => parseVisit(line, number)?.id;
    expect(id(COMMON, 3)).toBe(id(COMMON, 3));
    expect(id(COMMON, 3)).not.toBe(id(COMMON, 4));
    expect(id(COMMON, 3)).not.toBe(id(COMBINED, 3));
  });
});

describe("a visit", () => {
  it("uses one call and its bytes, for its address", () => {
    const visit = parseVisit(COMMON, 12);
    const [calls, bytes] = visit ? usageOf(visit) : [];
    expect(calls).toMatchObject({
      metric_name: "api_calls",
      quantity: 1,
      timestamp: "2000-10-10T20:55:36Z",
      user_id: "192.0.2.7",
      metadata: { method: "GET", status: 200 },
    });
    expect(bytes).toMatchObject({ metric_name: "bytes_sent", quantity: 2326 });
    expect(calls?.id).toMatch(/^12-[0-9a-f]{16}-api_calls$/);
    expect(bytes?.id).toMatch(/-bytes_sent$/);
    expect(lineOf(calls?.id ?? "")).toBe(12);
  });
});

describe("a visit some months later", () => {
  const laterBy = (time: string, month: number) => {
    const visit = parseVisit(COMMON.replace("10/Oct/2000:13:55:36 -0700", time), 1);
    const later = visit && visitInMonth(visit, month);
    return later && { at: new Date(later.atMs).toISOString(), id: later.id, was: visit.id };
  };

  it("is on the same day at the same time, with an id of its own", () => {
    const later = laterBy("17/May/2015:10:05:03 +0000", 8);
    expect(later?.at).toBe("2016-01-17T10:05:03.000Z");
    expect(later?.id).toBe(`${later?.was}-8`);
  });

  it("is on the month's last day where the month is too short", () => {
    expect(laterBy("31/Jan/2015:00:00:00 +0000", 1)?.at).toBe("2015-02-28T00:00:00.000Z");
    expect(laterBy("31/Jan/2015:00:00:00 +0000", 13)?.at).toBe("2016-02-29T00:00:00.000Z");
  });
});

describe("the sample log", () => {
  it("is the same each time, readable, and not quite in order", () => {
    const lines = sampleLog(300);
    expect(sampleLog(300)).toEqual(lines);
    const times = lines.map((line, i) => parseVisit(line, i + 1)?.atMs ?? Number.NaN);
    expect(times.every(Number.isFinite)).toBe(true);
    expect(times.some((time, i) => i > 0 && time < (times[i - 1] ?? 0))).toBe(true);
  });
});
