import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const NOW = "2026-03-10T12:00:00Z";
const event = { metric_name: "calls", quantity: 1 };
const deep = { a: { b: { c: { d: { e: { f: 1 } } } } } };

/** What is wrong, the item, and the answer that the documentation gives it. */
const ITEMS: [string, unknown, number, string, string | null][] = [
  ["no object", 7, 422, "request.invalid", ""],
  ["null", null, 422, "request.invalid", ""],
  ["a list", [], 422, "request.invalid", ""],
  ["no metric", { quantity: 1 }, 422, "request.invalid", "/metric_name"],
  ["no quantity", { metric_name: "calls" }, 422, "request.invalid", "/quantity"],
  ["quantity null", { ...event, quantity: null }, 422, "request.invalid", "/quantity"],
  ["quantity true", { ...event, quantity: true }, 422, "request.invalid", "/quantity"],
  ["quantity NaN", { ...event, quantity: "NaN" }, 422, "request.invalid", "/quantity"],
  ["quantity Infinity", { ...event, quantity: "Infinity" }, 422, "request.invalid", "/quantity"],
  ["quantity below 0", { ...event, quantity: -1 }, 422, "request.invalid", "/quantity"],
  ["seven decimals", { ...event, quantity: "0.0000001" }, 422, "request.invalid", "/quantity"],
  ["10^30", { ...event, quantity: 1e30 }, 422, "request.invalid", "/quantity"],
  ["an empty name", { ...event, metric_name: "" }, 422, "request.invalid", "/metric_name"],
  [
    "a name of 101",
    { ...event, metric_name: "x".repeat(101) },
    422,
    "request.invalid",
    "/metric_name",
  ],
  ["a control", { ...event, metric_name: "a\u0007" }, 422, "request.invalid", "/metric_name"],
  ["half a pair", { ...event, metric_name: "a\ud800" }, 422, "request.invalid", "/metric_name"],
  ["an id of ours", { ...event, id: "seq_1" }, 422, "request.invalid", "/id"],
  ["a source of ours", { ...event, source: "boxcostpro" }, 422, "request.invalid", "/source"],
  [
    "a time without offset",
    { ...event, timestamp: "2026-03-10T12:00:00" },
    422,
    "request.invalid",
    "/timestamp",
  ],
  ["a time as number", { ...event, timestamp: 1 }, 422, "request.invalid", "/timestamp"],
  [
    "35 days and a millisecond back",
    { ...event, timestamp: "2026-02-03T11:59:59.999Z" },
    422,
    "usage.event_too_old",
    null,
  ],
  [
    "five minutes and a millisecond ahead",
    { ...event, timestamp: "2026-03-10T12:05:00.001Z" },
    422,
    "usage.event_in_future",
    null,
  ],
  ["metadata as text", { ...event, metadata: "x" }, 422, "request.invalid", "/metadata"],
  ["metadata six deep", { ...event, metadata: deep }, 422, "request.invalid", "/metadata"],
  [
    "metadata over 4 KB",
    { ...event, metadata: { a: "x".repeat(4_090) } },
    422,
    "request.invalid",
    "/metadata",
  ],
  [
    "metadata over 4 KB in UTF-8",
    { ...event, metadata: { a: "ä".repeat(2_100) } },
    422,
    "request.invalid",
    "/metadata",
  ],
  ["an unknown field", { ...event, extra: 1 }, 422, "request.invalid", "/extra"],
];

describe("bad input to recording", () => {
  it.each(ITEMS)("%s is refused with a pointer, alone and in a batch", async (...row) => {
    const [, item, status, code, pointer] = row;
    const { key } = await makeTenant({ clock: NOW });
    const single = await call(key, "POST", "/api/usage/record", JSON.stringify(item));
    expect([single.status, single.body.code]).toEqual([status, code]);
    const good = { ...event, id: "good" };
    const batch = await call(key, "POST", "/api/usage/events", [good, item, { ...event }]);
    expect(batch.body.results.map((r: { status: number }) => r.status)).toEqual([201, status, 201]);
    expect(batch.body.results[1].code).toBe(code);
    if (pointer !== null) {
      expect(single.body.errors[0].pointer).toBe(pointer);
      expect(batch.body.results[1].errors[0].pointer).toBe(pointer);
    }
    const { body } = await call(key, "GET", "/api/usage/summary");
    expect(body.metrics).toMatchObject([{ metric_name: "calls", event_count: 2 }]);
  });

  it("has one answer for each body that is no batch, and stores nothing", async () => {
    const { key } = await makeTenant({ clock: NOW });
    const json = { "content-type": "application/json" };
    const bodies: [string | Uint8Array, Record<string, string>, number][] = [
      ["", json, 400],
      ["{", json, 400],
      ["[1,]", json, 400],
      ["[NaN]", json, 400],
      ["{}", json, 422],
      ["7", json, 422],
      [new Uint8Array([0x5b, 0xff, 0x5d]), json, 400],
      ["[]", { "content-type": "text/csv" }, 415],
    ];
    for (const [body, headers, status] of bodies) {
      const answer = await call(key, "POST", "/api/usage/events", body, headers);
      expect([body, answer.status]).toEqual([body, status]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    const { body } = await call(key, "GET", "/api/usage/summary");
    expect(body.metrics).toEqual([]);
  });

  it("lets a key that is a user's record only for that user", async () => {
    const { tenantId, key: owner } = await makeTenant();
    const user = { name: "Ann", email: "ann@example.com", role: "member" };
    const { body: ann } = await call(owner, "POST", "/api/users", user);
    const key = await keyFor(tenantId, "member", { userId: ann.id });
    const other = await call(key, "POST", "/api/usage/record", { ...event, user_id: "usr_bob" });
    expect([other.status, other.body.code]).toEqual([403, "auth.forbidden"]);
    const own = await call(key, "POST", "/api/usage/record", { ...event, user_id: ann.id });
    expect(own.status).toBe(201);
    const { body } = await call(key, "GET", "/api/usage/summary");
    expect(body.user_id).toBe(ann.id);
    const named = await call(key, "GET", "/api/usage/summary?user_id=usr_bob");
    expect(named.status).toBe(403);
  });
});
