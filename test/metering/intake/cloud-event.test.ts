import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

const PATH = "/api/usage/cloudevents";
const ONE = { "content-type": "application/cloudevents+json; charset=utf-8" };
const BATCH = { "content-type": "application/cloudevents-batch+json" };
const CLOCK = "2026-03-10T12:00:00Z";

const base = { specversion: "1.0", id: "1", source: "/shop", type: "calls" };
const clocked = () => makeTenant({ clock: CLOCK });

/** The tenant's only event, as the API shows it. */
async function stored(key: string) {
  const { body } = await call(key, "GET", "/api/usage/events");
  expect(body.data).toHaveLength(1);
  return body.data[0];
}

describe("a CloudEvent", () => {
  it("in structured mode is the usage event that its attributes say", async () => {
    const { key } = await clocked();
    const sent = {
      ...base,
      time: "2026-03-10T11:00:00.123456+01:00",
      subject: "user 42",
      datacontenttype: "application/json",
      region: "eu",
      data: { value: 2.5, model: "small", tags: ["a"] },
    };
    const first = await call(key, "POST", PATH, JSON.stringify(sent), ONE);
    const { warnings, ...counts } = first.body;
    expect([first.status, counts]).toEqual([
      200,
      { accepted: 1, duplicates: 0, refused: 0, alerts: [] },
    ]);
    expect(warnings).toMatchObject([{ metric_name: "calls", suggestion: null }]);
    expect(await stored(key)).toMatchObject({
      id: "1",
      source: "/shop",
      metric_name: "calls",
      quantity: 2.5,
      timestamp: "2026-03-10T10:00:00.123Z",
      user_id: "user 42",
      metadata: { model: "small", tags: ["a"], region: "eu" },
    });
    const again = await call(key, "POST", PATH, JSON.stringify(sent), ONE);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 1 });
    const other = JSON.stringify({ ...sent, data: { value: 3 } });
    expect((await call(key, "POST", PATH, other, ONE)).body.code).toBe("usage.conflict");
  });

  it("in binary mode is what its headers and its body say", async () => {
    const { key } = await clocked();
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "1",
      "ce-source": "/shop",
      "ce-type": "calls",
      "ce-subject": "user%2042%C3%A9",
      "ce-time": "2026-03-10T10:00:00Z",
      "ce-region": '"eu \\"west\\""',
    };
    const { status } = await call(key, "POST", PATH, '{"quantity":"7"}', headers);
    expect(status).toBe(200);
    expect(await stored(key)).toMatchObject({
      id: "1",
      quantity: 7,
      user_id: "user 42é",
      timestamp: "2026-03-10T10:00:00Z",
      metadata: { region: 'eu "west"' },
    });
  });

  it("sent with an operator's key for a tenant is the tenant's", async () => {
    const { key, tenantId } = await clocked();
    const acting = { "boxcost-tenant": tenantId };
    expect((await call(await operatorKey(), "POST", PATH, base, acting)).status).toBe(200);
    expect(await stored(key)).toMatchObject({ id: "1", source: "/shop", metric_name: "calls" });
  });

  it("without data counts one, at the time of its receipt", async () => {
    const { key } = await clocked();
    expect((await call(key, "POST", PATH, base)).status).toBe(200);
    expect(await stored(key)).toMatchObject({ quantity: 1, timestamp: CLOCK, user_id: null });
  });

  it("with more than 6 decimals is rounded half to even, and what was sent is kept", async () => {
    for (const [sent, quantity] of [
      ["1.5e-07", 0],
      ["5e-07", 0],
      ["1.5e-06", 0.000002],
      ["0.0000025", 0.000002],
      ["0.00000250000000000000000001", 0.000003],
    ] as const) {
      const { key } = await clocked();
      const text = JSON.stringify({ ...base, data: "…" }).replace('"…"', `{"value":${sent}}`);
      expect((await call(key, "POST", PATH, text, ONE)).status).toBe(200);
      const { metadata, quantity: kept } = await stored(key);
      expect([kept, Number(metadata.sent_quantity)]).toEqual([quantity, Number(sent)]);
    }
  });

  it("with names beyond ours counts once, by their hashes", async () => {
    const { key } = await clocked();
    const long = {
      ...base,
      id: "x".repeat(300),
      source: `https://${"s".repeat(200)}`,
      subject: "u".repeat(201),
    };
    expect((await call(key, "POST", PATH, long)).body.accepted).toBe(1);
    expect((await call(key, "POST", PATH, long)).body.duplicates).toBe(1);
    const event = await stored(key);
    for (const name of [event.id, event.source, event.user_id]) {
      expect(name).toMatch(/^hash:[0-9a-f]{32}$/);
    }
    const other = { ...long, id: `${"x".repeat(299)}y` };
    expect((await call(key, "POST", PATH, other)).body.accepted).toBe(1);
    const ours = [
      { ...base, id: "seq_1" },
      { ...base, source: "boxcostpro" },
    ];
    expect((await call(key, "POST", PATH, ours)).body.accepted).toBe(2);
  });

  it("keeps as metadata what fits: all, its data, or what is short", async () => {
    const big = "x".repeat(3_000);
    const cases: [object, object, object][] = [
      [{ a: 1, b: big }, { ext: big }, { a: 1, b: big }],
      [{ a: 1, b: `${big}${big}` }, { ext: "e" }, { a: 1, ext: "e", metadata_cut: true }],
      [{ a: [[[[[[1]]]]]], b: true }, {}, { b: true, metadata_cut: true }],
    ];
    for (const [data, more, metadata] of cases) {
      const { key } = await clocked();
      expect((await call(key, "POST", PATH, { ...base, ...more, data })).status).toBe(200);
      expect((await stored(key)).metadata).toEqual(metadata);
    }
  });
});

/** What is wrong, the event, and its one answer. */
const FAULTS: [string, unknown, number, string][] = [
  ["no object", [7], 422, "/0"],
  ["an id that is missing", { ...base, id: undefined }, 422, "/id"],
  ["an empty id", { ...base, id: "" }, 422, "/id"],
  ["an id that is a number", { ...base, id: 7 }, 422, "/id"],
  ["no source", { ...base, source: undefined }, 422, "/source"],
  ["no type", { ...base, type: undefined }, 422, "/type"],
  ["a type of 101", { ...base, type: "t".repeat(101) }, 422, "/type"],
  ["another version", { ...base, specversion: "0.3" }, 422, "/specversion"],
  ["a version that is a number", { ...base, specversion: 1 }, 422, "/specversion"],
  ["no version", { ...base, specversion: undefined }, 422, "/specversion"],
  ["binary data", { ...base, data_base64: "AA==" }, 400, "/data_base64"],
  ["a time that is none", { ...base, time: "yesterday" }, 422, "/time"],
  ["a quantity below 0", { ...base, data: { value: -1 } }, 422, "/data/value"],
  ["one just below 0", { ...base, data: { value: "-1e-30" } }, 422, "/data/value"],
  ["a quantity that is null", { ...base, data: { quantity: null } }, 422, "/data/quantity"],
  ["one that is true", { ...base, data: { quantity: true } }, 422, "/data/quantity"],
  ["a quantity of 10^30", { ...base, data: { value: 1e30 } }, 422, "/data/value"],
  ["a subject that is no text", { ...base, subject: {} }, 422, "/subject"],
];

describe("a CloudEvent with", () => {
  it.each(FAULTS)("%s is refused, and says where", async (_, event, status, pointer) => {
    const { key } = await clocked();
    const answer = await call(key, "POST", PATH, event);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([status, pointer]);
    if (Array.isArray(event)) return;
    const batch = await call(key, "POST", PATH, [base, event, { ...base, id: "2" }]);
    expect([batch.status, batch.body.code]).toEqual([422, "usage.items_refused"]);
    expect(batch.body).toMatchObject({ accepted: 2, duplicates: 0, refused: 1 });
    expect(batch.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([`/1${pointer}`]);
  });

  it("a time out of the window is refused as everywhere", async () => {
    const { key } = await clocked();
    const old = { ...base, time: "2020-01-01T00:00:00" };
    expect((await call(key, "POST", PATH, old)).body.code).toBe("usage.event_too_old");
  });

  it("data that is nested without an end is refused, or cut, and fails nothing", async () => {
    const { key } = await clocked();
    const deep = `${"[".repeat(50_000)}1${"]".repeat(50_000)}`;
    const text = `{"specversion":"1.0","id":"1","source":"s","type":"t","data":${deep}}`;
    expect((await call(key, "POST", PATH, text, ONE)).status).toBe(200);
    expect((await stored(key)).metadata).toEqual({ metadata_cut: true });
  });
});

describe("a batch of CloudEvents", () => {
  it("is an array, empty or not, of at most 5,000", async () => {
    const { key } = await clocked();
    const events = Array.from({ length: 5_000 }, (_, i) => ({ ...base, id: `b${i}` }));
    expect((await call(key, "POST", PATH, "[]", BATCH)).body.accepted).toBe(0);
    expect((await call(key, "POST", PATH, JSON.stringify(events), BATCH)).body.accepted).toBe(
      5_000,
    );
    const more = JSON.stringify([...events, base]);
    expect((await call(key, "POST", PATH, more, BATCH)).status).toBe(413);
    expect((await call(key, "POST", PATH, JSON.stringify(base), BATCH)).status).toBe(422);
    const other = { "content-type": "application/cloudevents+avro" };
    expect((await call(key, "POST", PATH, "[]", other)).status).toBe(415);
    expect((await call(key, "POST", PATH, "[", BATCH)).status).toBe(400);
  });
});
