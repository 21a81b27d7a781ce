import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const CLOCK = "2026-03-10T12:00:00Z";
const NOW_S = 1_773_144_000;
const clocked = () => makeTenant({ clock: CLOCK });
const MAPPING =
  "/api/usage/intake?metric=bytes_out&quantity=/bytes&id=/request/id&time=/date" +
  "&user=/account&source=edge&metadata=/region,/request/path";

const record = (i: number, more: object = {}) => ({
  date: NOW_S - i,
  bytes: 10 + i,
  request: { id: `r${i}`, path: "/a" },
  account: 42,
  region: "eu",
  noise: { deep: [1] },
  ...more,
});

async function eventsOf(key: string) {
  const { body } = await call(key, "GET", "/api/usage/events");
  return body.data as Record<string, unknown>[];
}

describe("records of a log shipper", () => {
  it.each([
    ["an array", "application/json", (all: object[]) => JSON.stringify(all)],
    [
      "lines",
      "application/x-ndjson",
      (all: object[]) => all.map((r) => JSON.stringify(r)).join("\n"),
    ],
    [
      "lines under a wrong type",
      "application/json",
      (all: object[]) => `${all.map((r) => JSON.stringify(r)).join("\r\n")}\n\n`,
    ],
    ["lines without a type", "", (all: object[]) => all.map((r) => JSON.stringify(r)).join("\n")],
  ])("as %s count by what the address says, once", async (_, type, written) => {
    const { key } = await clocked();
    const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
    const body = written([record(0), record(1)]);
    const first = await call(key, "POST", MAPPING, body, headers);
    const { warnings, ...counts } = first.body;
    expect([first.status, counts]).toEqual([
      200,
      { accepted: 2, duplicates: 0, refused: 0, alerts: [] },
    ]);
    expect(warnings).toMatchObject([{ metric_name: "bytes_out" }]);
    const gzipped = { ...headers, "content-encoding": "gzip" };
    const again = await call(key, "POST", MAPPING, gzipSync(body), gzipped);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 2 });
    const events = await eventsOf(key);
    expect(events.find(({ id }) => id === "r1")).toMatchObject({
      source: "edge",
      metric_name: "bytes_out",
      quantity: 11,
      timestamp: "2026-03-10T11:59:59Z",
      user_id: "42",
      metadata: { region: "eu", "request/path": "/a" },
    });
  });

  it("are one object, too, on one line or several", async () => {
    const { key } = await clocked();
    const pretty = JSON.stringify(record(0), null, 2);
    expect((await call(key, "POST", MAPPING, pretty)).body.accepted).toBe(1);
    expect((await call(key, "POST", MAPPING, JSON.stringify(record(0)))).body.duplicates).toBe(1);
  });

  it("have a time of any unit", async () => {
    const times = [
      `${NOW_S}`,
      `${NOW_S}.250001`,
      `${NOW_S}250`,
      `${NOW_S}250999`,
      `${NOW_S}250999999`,
      `"${NOW_S}"`,
      '"2026-03-10T12:00:00.25"',
      '"2026-03-10 13:00:00+0100"',
    ];
    const { key } = await clocked();
    const path = "/api/usage/intake?metric=m&time=/t&id=/i";
    const body = times.map((t, i) => `{"t":${t},"i":${i}}`).join("\n");
    expect((await call(key, "POST", path, body)).body.accepted).toBe(times.length);
    const at = new Map((await eventsOf(key)).map(({ id, timestamp }) => [id, timestamp]));
    const [whole, quarter] = ["2026-03-10T12:00:00Z", "2026-03-10T12:00:00.250Z"];
    expect(times.map((_, i) => at.get(String(i)))).toEqual([
      whole,
      quarter,
      quarter,
      quarter,
      quarter,
      whole,
      quarter,
      whole,
    ]);
  });

  it("without an id have their hash, so that equal ones count once", async () => {
    const { key } = await clocked();
    const path = "/api/usage/intake?metric=/kind&quantity=2";
    const body = '{"kind":"a","n":1}\n{"kind":"a","n":2}\n{"kind":"a", "n":1}';
    expect((await call(key, "POST", path, body)).body).toMatchObject({
      accepted: 2,
      duplicates: 1,
    });
  });

  it("that are wrong are named, and the others count", async () => {
    const { key } = await clocked();
    const lines = [
      JSON.stringify(record(0)),
      "not JSON",
      "7",
      JSON.stringify(record(1, { bytes: -1 })),
      JSON.stringify(record(2, { bytes: undefined })),
      JSON.stringify(record(3, { request: {} })),
      JSON.stringify(record(4, { date: "soon" })),
      JSON.stringify(record(5, { account: {} })),
      JSON.stringify(record(6, { date: 1 })),
      JSON.stringify(record(7)),
    ];
    const answer = await call(key, "POST", MAPPING, lines.join("\n"));
    expect([answer.status, answer.body.code]).toEqual([422, "usage.items_refused"]);
    expect(answer.body).toMatchObject({ accepted: 2, refused: 8 });
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([
      "/1",
      "/2",
      "/3/bytes",
      "/4/bytes",
      "/5/request/id",
      "/6/date",
      "/7/account",
      "/8",
    ]);
  });

  it("in which Logpush tries an address are answered and not counted", async () => {
    const { key } = await clocked();
    const body = gzipSync('{"content":"tests"}');
    const headers = { "content-encoding": "gzip" };
    const answer = await call(key, "POST", MAPPING, body, headers);
    expect([answer.status, answer.body.accepted]).toEqual([200, 0]);
  });

  it("are taken by the thousands, in as many batches as the meter takes", async () => {
    const { key } = await clocked();
    const body = Array.from({ length: 12_000 }, (_, i) => JSON.stringify(record(i % 60, { n: i })));
    const path = "/api/usage/intake?metric=m&metadata=/n,/region";
    expect((await call(key, "POST", path, body.join("\n"))).body.accepted).toBe(12_000);
    const more = "{}\n".repeat(20_001);
    expect((await call(key, "POST", path, more)).status).toBe(413);
  }, 60_000);
});

describe("an address that says nothing of use", () => {
  it.each([
    ["no metric", "", "/query/metric"],
    ["a parameter that is none", "metric=m&colour=red", "/query/colour"],
    ["an id that is no pointer", "metric=m&id=id", "/query/id"],
    ["a quantity that is no number", "metric=m&quantity=many", "/0/query/quantity"],
    ["metadata that is no pointer", "metric=m&metadata=a", "/query/metadata"],
    ["metadata of 21", `metric=m&metadata=${"/a,".repeat(21)}`, "/query/metadata"],
    ["a metric of 101", `metric=${"m".repeat(101)}`, "/0/query/metric"],
  ])("for %s is refused", async (_, query, pointer) => {
    const { key } = await clocked();
    const { status, body } = await call(key, "POST", `/api/usage/intake?${query}`, "{}");
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  });

  it("and a body that is no text, or none of JSON, are refused", async () => {
    const { key } = await clocked();
    const path = "/api/usage/intake?metric=m";
    const msgpack = { "content-type": "application/msgpack" };
    expect((await call(key, "POST", path, new Uint8Array([0x81, 0xa1]), msgpack)).status).toBe(415);
    expect((await call(key, "POST", path, new Uint8Array([0x81, 0xa1]))).status).toBe(400);
    expect((await call(key, "POST", path, "[{}")).status).toBe(400);
    const deep = `[{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}]`;
    expect([200, 422]).toContain((await call(key, "POST", path, deep)).status);
  });
});
