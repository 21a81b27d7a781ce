/** What lists of events ask for, and how recorded events are shown, without a database. */
import { describe, expect, it } from "vitest";
import {
  isWanted,
  queryOfFilter,
  queryOfV1,
  shownEvent,
} from "../../../src/compat/openmeter/event-list.ts";
import { encodeLine, parseLine } from "../../../src/metering/event/line.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

function shown(more: { id?: string; source?: string; userId?: string | null } = {}) {
  const text = encodeLine({
    id: "e-1:tokens",
    source: "openmeter:app",
    metric: "tokens",
    micro: 2_500_000n,
    atMs: NOW - 1_000,
    receivedMs: NOW,
    timeGiven: true,
    userId: "u",
    metadata: { model: "small", sent_quantity: "2.50000001" },
    voidsSeq: null,
    requestedMicro: null,
    ...more,
  } as never);
  return shownEvent({ seq: 1, tuple: parseLine(text) }, (metric) => `${metric}-type`, "whole");
}

describe("a recorded event", () => {
  it("is shown as it came", () => {
    expect(shown()).toEqual({
      event: {
        specversion: "1.0",
        id: "e-1",
        source: "app",
        type: "tokens-type",
        subject: "u",
        time: "2026-05-31T23:59:59Z",
        datacontenttype: "application/json",
        data: { model: "small" },
      },
      ingestedAt: "2026-06-01T00:00:00Z",
      storedAt: "2026-06-01T00:00:00Z",
    });
  });

  it("is its metric's where no rule made it, and has a value where it came natively", () => {
    expect(shown({ id: "e-1" }).event).toMatchObject({ id: "e-1", type: "tokens" });
    const native = shown({ source: "api", userId: null }).event;
    expect(native).toMatchObject({ id: "e-1:tokens", source: "api", subject: "whole" });
    expect(JSON.stringify(native.data)).toBe('{"model":"small","value":2.5}');
  });
});

describe("a list of version 1", () => {
  const query = (text: string) => queryOfV1(new URLSearchParams(text), NOW);

  it("finds parts of ids and subjects, by time of event and of receipt", () => {
    expect(isWanted(shown(), query("id=E-&subject=U"))).toBe(true);
    expect(isWanted(shown(), query("subject=x"))).toBe(false);
    expect(isWanted(shown(), query("ingestedAtFrom=2026-06-01T00:00:00Z"))).toBe(true);
    expect(isWanted(shown(), query("ingestedAtTo=2026-05-31T23:59:59.999Z"))).toBe(false);
    expect(query("to=2026-05-31T00:00:00Z").endMs).toBe(Date.parse("2026-05-31T00:00:00.001Z"));
    expect(NOW - query("").startMs).toBe(32 * 86_400_000);
  });

  it("refuses what is further back, and what is no time", () => {
    expect(() => query("from=2026-04-29T00:00:00Z")).toThrow("within 32 days");
    expect(() => query("to=now")).toThrow("RFC 3339");
  });
});

describe("a filter of version 2", () => {
  const query = (filter: unknown) => queryOfFilter(JSON.stringify(filter));

  it("compares texts and times", () => {
    expect(isWanted(shown(), query({ id: { $eq: "e-1" }, type: { $contains: "TYPE" } }))).toBe(
      true,
    );
    expect(isWanted(shown(), query({ source: { $eq: "ap" } }))).toBe(false);
    expect(isWanted(shown(), query({ source: { $ilike: "%AP%" } }))).toBe(true);
    const [gt, lte] = ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"];
    expect(query({ time: { $gt: gt, $lte: lte } })).toMatchObject({
      startMs: Date.parse(gt) + 1,
      endMs: Date.parse(lte) + 1,
    });
    expect(query({ customerId: { $in: ["a", "b"] } }).customers).toEqual(["a", "b"]);
  });

  it.each([
    "[]",
    "{",
    '{"data":{"$eq":"x"}}',
    '{"id":"x"}',
    '{"id":{"$ne":"x"}}',
    '{"id":{"$eq":"x","$in":[]}}',
    '{"id":{"$like":"a%b"}}',
    '{"time":{"$gte":1}}',
    '{"time":{"$near":"2026-05-01T00:00:00Z"}}',
    '{"customerId":{"$in":[1]}}',
  ])("refuses %s", (text) => {
    expect(() => queryOfFilter(text)).toThrow(expect.objectContaining({ code: "request.invalid" }));
  });
});
