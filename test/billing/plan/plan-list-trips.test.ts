import { createExecutionContext } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../../../src/index.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, operatorKey } from "../../support/api.ts";
import { countedDb } from "../../support/counted-db.ts";

const env = bindings as unknown as Env;
const PRICE = { metric_name: "api_calls", model: "per_unit", unit_price: "0.01" };

it("lists plans with as many trips to the database, however many there are", async () => {
  const key = await operatorKey();
  const codes = Array.from({ length: 6 }, (_, i) => `TRIPS_${i}`);
  for (const code of codes) {
    const plan = { code, name: code, currency: "EUR", prices: [PRICE] };
    const made = await call(key, "POST", "/api/plans", plan);
    expect([made.status, made.body.errors]).toEqual([201, undefined]);
  }
  const tripsOf = async (limit: number) => {
    const { db, reads } = countedDb(env.DB);
    const request = new Request(`https://api.test/api/plans?limit=${limit}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const answer = await worker.fetch(request, { ...env, DB: db }, createExecutionContext());
    const { data } = (await answer.json()) as { data: { code: string }[] };
    expect([answer.status, data.length]).toEqual([200, limit]);
    return reads.trips;
  };
  await tripsOf(6);
  expect(await tripsOf(6)).toBeLessThanOrEqual(await tripsOf(1));
});
