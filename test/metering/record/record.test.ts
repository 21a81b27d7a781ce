import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const NOW = "2026-03-10T12:00:00Z";

describe("recording one event", () => {
  it("answers 201 with what was recorded, then 200 with the first result", async () => {
    const { key } = await makeTenant({ clock: NOW });
    const body = { metric_name: "api_calls", quantity: "1.5", id: "a", metadata: { b: 1, a: 2 } };
    const first = await call(key, "POST", "/api/usage/record", body);
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      id: "a",
      event_seq: 1,
      metric_name: "api_calls",
      quantity: 1.5,
      timestamp: NOW,
      recorded_at: NOW,
      message: "Usage recorded",
      duplicate: false,
      alerts: [],
    });
    const again = await call(key, "POST", "/api/usage/record", {
      ...body,
      metadata: { a: 2, b: 1 },
    });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: "a", event_seq: 1, quantity: 1.5, duplicate: true });
    const other = await call(key, "POST", "/api/usage/record", { ...body, quantity: 2 });
    expect([other.status, other.body.code]).toEqual([409, "usage.conflict"]);
    const summary = await call(key, "GET", "/api/usage/summary");
    expect(summary.body.metrics).toEqual([
      {
        metric_name: "api_calls",
        total_quantity: 1.5,
        event_count: 1,
        first_usage: NOW,
        last_usage: NOW,
      },
    ]);
  });

  it("keeps every digit of a quantity", async () => {
    const { key } = await makeTenant();
    const text = '{"metric_name":"big","quantity":9223372036854.775807}';
    const first = await call(key, "POST", "/api/usage/record", text);
    expect(first.status).toBe(201);
    expect(new TextDecoder().decode(first.bytes)).toContain('"quantity":9223372036854.775807');
    const over = await call(key, "POST", "/api/usage/record", {
      metric_name: "big",
      quantity: "0.000001",
    });
    expect([over.status, over.body.code]).toEqual([422, "usage.quantity_overflow"]);
  });

  it("names an event by the Idempotency-Key where it brings no id", async () => {
    const { key } = await makeTenant();
    const send = () =>
      call(
        key,
        "POST",
        "/api/usage/record",
        { metric_name: "x", quantity: 1 },
        {
          "idempotency-key": "k1",
        },
      );
    expect((await send()).body).toMatchObject({ id: "k1", duplicate: false });
    expect((await send()).body).toMatchObject({ id: "k1", duplicate: true });
  });
});

describe("recording a batch", () => {
  it("gives each item its own fate, in order, and is safe to send again", async () => {
    const { key } = await makeTenant({ clock: NOW });
    const items = [
      { metric_name: "api_calls", quantity: 1, id: "a" },
      { metric_name: "api_calls", quantity: 1, id: "a" },
      { metric_name: "api_calls", quantity: 2, id: "a" },
      { metric_name: "api_calls", quantity: -1 },
      { metric_name: "api_calls", quantity: 1, timestamp: "2026-02-03T11:59:59Z" },
      { metric_name: "api_calls", quantity: 1, timestamp: "2026-02-03T12:00:00Z", id: "edge" },
      { metric_name: "api_calls", quantity: 1, timestamp: "2026-03-10T12:05:00.001Z" },
      { metric_name: "api_calls", quantity: 1, timestamp: "2026-03-10T12:05:00Z", id: "ahead" },
      { metric_name: "api_calls", quantity: 3, id: "b", extra: 1 },
      { metric_name: "bytes", quantity: 7, id: "c" },
    ];
    const first = await call(key, "POST", "/api/usage/events", items);
    expect(first.status).toBe(200);
    expect(first.body.results.map((r: { status: number }) => r.status)).toEqual([
      201, 200, 409, 422, 422, 201, 422, 201, 422, 201,
    ]);
    expect(first.body.results[3].errors).toEqual([
      { pointer: "/quantity", detail: "quantity is 0 or more" },
    ]);
    expect(first.body.results[4].code).toBe("usage.event_too_old");
    expect(first.body.results[6].code).toBe("usage.event_in_future");
    expect(first.body.results[8].errors[0].pointer).toBe("/extra");
    expect(first.body).toMatchObject({ accepted: 4, duplicates: 1, refused: 5 });
    const again = await call(key, "POST", "/api/usage/events", items);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 5, refused: 5 });
    const summary = await call(
      key,
      "GET",
      "/api/usage/summary?start_date=2026-01-01T00:00:00Z&end_date=2026-04-01T00:00:00Z",
    );
    expect(summary.body.metrics).toMatchObject([
      { metric_name: "api_calls", total_quantity: 3, event_count: 3 },
      { metric_name: "bytes", total_quantity: 7, event_count: 1 },
    ]);
  });

  it("takes one JSON object a line, and an unreadable line alone is refused", async () => {
    const { key } = await makeTenant();
    const body = '{"metric_name":"x","quantity":1}\n{oops\n{"metric_name":"x","quantity":"2"}\n';
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await call(key, "POST", "/api/usage/events", body, headers);
    expect(answer.body.results.map((r: { status: number }) => r.status)).toEqual([201, 400, 201]);
  });

  it("refuses 5,001 items, and 2 MB and one byte, whole", async () => {
    const { key } = await makeTenant();
    const many = Array.from({ length: 5_001 }, () => ({ metric_name: "x", quantity: 1 }));
    expect((await call(key, "POST", "/api/usage/events", many)).status).toBe(413);
    const long = `[${" ".repeat(1_999_999)}]`;
    expect(long.length).toBe(2_000_001);
    expect((await call(key, "POST", "/api/usage/events", long)).status).toBe(413);
    const summary = await call(key, "GET", "/api/usage/summary");
    expect(summary.body.metrics).toEqual([]);
  });
});
