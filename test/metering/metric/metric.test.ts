import { createExecutionContext, evictDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker from "../../../src/index.ts";
import { pushMetrics } from "../../../src/metering/metric/metric.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant } from "../../support/api.ts";
import { countedDb } from "../../support/counted-db.ts";

const env = bindings as unknown as Env;

describe("declaring a metric", () => {
  it("is refused where its first event, its name or its aggregation forbids it", async () => {
    const { key } = await makeTenant();
    expect((await call(key, "PUT", "/api/metrics/api_calls", {})).status).toBe(409);
    expect((await call(key, "PUT", "/api/metrics/u", { aggregation: "unique" })).status).toBe(422);
    expect((await call(key, "PUT", "/api/metrics/u", { property: "p" })).status).toBe(422);
    const five = { dimensions: ["a", "b", "c", "d", "e"] };
    expect((await call(key, "PUT", "/api/metrics/u", five)).status).toBe(422);
    await call(key, "POST", "/api/usage/record", { metric_name: "m", quantity: 2 });
    expect((await call(key, "PUT", "/api/metrics/m", { aggregation: "max" })).status).toBe(409);
    const unit = await call(key, "PUT", "/api/metrics/m", { unit: "MB" });
    expect(unit.body).toMatchObject({ name: "m", unit: "MB", aggregation: "sum" });
    const who = { aggregation: "unique", property: "p" };
    expect((await call(key, "PUT", "/api/metrics/w", who)).status).toBe(200);
    const again = await call(key, "POST", "/api/usage/record", { metric_name: "w", quantity: 1 });
    expect([again.status, again.body.errors?.[0].pointer]).toEqual([422, "/metadata/p"]);
  });
});

describe("a catalogue", () => {
  /** Metrics that D1 has and the meter was not told of, as versions of their own. */
  async function addMetrics(tenant: string, count: number): Promise<void> {
    await env.DB.batch([
      env.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
         INSERT INTO metrics (tenant, name, aggregation, created_ms)
         SELECT ?1, 'many_' || i, 'max', 1 FROM n`,
      ).bind(tenant, count),
      env.DB.prepare(
        `INSERT INTO metric_versions (tenant, version) VALUES (?1, ?2)
         ON CONFLICT (tenant) DO UPDATE SET version = version + ?2`,
      ).bind(tenant, count),
    ]);
  }

  /** Declares a metric of distinct values of `p`; answers how many rows D1 read for it. */
  async function declare(key: string, name: string): Promise<number> {
    const { db, reads } = countedDb(env.DB);
    const request = new Request(`https://api.test/api/metrics/${name}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ aggregation: "unique", property: "p" }),
    });
    const answer = await worker.fetch(request, { ...env, DB: db }, createExecutionContext());
    expect(answer.status).toBe(200);
    return reads.rows;
  }

  it("of thousands of metrics takes one more for what one costs", async () => {
    const { tenantId, key } = await makeTenant();
    await addMetrics(tenantId, 3_000);
    await pushMetrics(env, tenantId);
    for (let n = 0; n < 3; n++) expect(await declare(key, `u${n}`)).toBeLessThan(100);
    await evictDurableObject(env.METER.get(env.METER.idFromName(tenantId)) as never);
    for (const metric of ["u0", "u2"]) {
      const event = { metric_name: metric, quantity: 1 };
      const { status, body } = await call(key, "POST", "/api/usage/record", event);
      expect([status, body.errors[0].pointer]).toEqual([422, "/metadata/p"]);
    }
  });

  it("that the meter has only in part is told as a whole", async () => {
    const { tenantId, key } = await makeTenant();
    await addMetrics(tenantId, 2);
    await declare(key, "u");
    for (const quantity of [5, 3]) {
      await call(key, "POST", "/api/usage/record", { metric_name: "many_2", quantity });
    }
    const { body } = await call(key, "GET", "/api/usage/summary?metric_name=many_2");
    expect(body.metrics).toMatchObject([{ total_quantity: 5, event_count: 2 }]);
    const refused = await call(key, "POST", "/api/usage/record", { metric_name: "u", quantity: 1 });
    expect(refused.status).toBe(422);
  });
});
