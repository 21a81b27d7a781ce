import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { schedule } from "../../../src/platform/queue/due.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { call, makeTenant } from "../../support/api.ts";

describe("a test tenant's clock", () => {
  it("stands where it was set, moves forward, and stays there", async () => {
    const { key } = await makeTenant({ clock: "2026-01-31T00:00:00Z" });
    expect((await call(key, "GET", "/api/test-clock")).body).toEqual({
      now: "2026-01-31T00:00:00Z",
    });
    const moved = await call(key, "POST", "/api/test-clock", { now: "2026-02-01T01:00:00+01:00" });
    expect(moved.body).toMatchObject({ now: "2026-02-01T00:00:00Z", done: true, ran: [] });
    expect((await call(key, "GET", "/api/test-clock")).body.now).toBe("2026-02-01T00:00:00Z");
    const log = await call(key, "GET", "/api/audit?action=clock.moved");
    expect(log.body.data[0].detail).toEqual({
      from: "2026-01-31T00:00:00Z",
      to: "2026-02-01T00:00:00Z",
    });
  });

  it("moves in several calls where the way is long, and says when it is there", async () => {
    const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const now = "2026-01-02T00:00:00Z";
    const work = Array.from({ length: 60 }, () =>
      schedule(env.DB, {
        tenant: tenantId,
        atMs: Date.parse(now),
        clock: "test",
        kind: "terms.push",
        ref: makeId(tenantId, 0),
      }),
    );
    await env.DB.batch(work);
    const refs: string[] = [];
    for (let calls = 1; ; calls++) {
      const { body } = await call(key, "POST", "/api/test-clock", { now });
      refs.push(...body.ran.map(({ ref }: { ref: string }) => ref));
      expect([body.now, body.target]).toEqual([now, now]);
      if (body.done) break;
      expect(calls).toBeLessThan(10);
    }
    expect(new Set(refs).size).toBe(60);
    expect(refs).toHaveLength(60);
    expect((await call(key, "GET", "/api/audit?action=clock.moved")).body.data).toHaveLength(1);
  });

  it("takes the same time again, and no time before it", async () => {
    const now = "2026-01-31T00:00:00.001Z";
    const { key } = await makeTenant({ clock: now });
    expect((await call(key, "POST", "/api/test-clock", { now })).body).toEqual({
      now,
      target: now,
      done: true,
      ran: [],
      failed: [],
    });
    const back = await call(key, "POST", "/api/test-clock", { now: "2026-01-31T00:00:00Z" });
    expect([back.status, back.body.code]).toEqual([422, "clock.backwards"]);
    expect((await call(key, "GET", "/api/test-clock")).body.now).toBe(now);
  });

  it("takes nothing but a time before the year 2100", async () => {
    const { key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    for (const now of [
      "tomorrow",
      "2026-02-30T00:00:00Z",
      "2026-02-01",
      "2026-02-01T00:00:00",
      "2100-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
      1_790_000_000_000,
      null,
    ]) {
      const { status, body } = await call(key, "POST", "/api/test-clock", { now });
      expect([status, body.errors?.[0]?.pointer], String(now)).toEqual([422, "/now"]);
    }
  });

  it("does not exist for a live tenant", async () => {
    const { key } = await makeTenant();
    const moved = await call(key, "POST", "/api/test-clock", { now: "2099-01-01T00:00:00Z" });
    expect([moved.status, moved.body.code]).toEqual([409, "clock.not_test"]);
    expect((await call(key, "GET", "/api/test-clock")).status).toBe(409);
  });
});
