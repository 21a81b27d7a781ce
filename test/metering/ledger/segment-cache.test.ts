import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { keepBody, keptBodies } from "../../../src/metering/ledger/segment-cache.ts";
import { listEvents } from "../../../src/metering/read/event.ts";
import { summarize, WHOLE_USAGE } from "../../../src/metering/read/summary.ts";
import { call, makeTenant } from "../../support/api.ts";

it("is read once from the database, whatever is asked of it", async () => {
  const { key, tenantId: tenant } = await makeTenant({ ledger: 0 });
  const record = (n: number) =>
    call(key, "POST", "/api/usage/record", { metric_name: "x", quantity: n, user_id: `u${n}` });
  await record(1);
  const page = { beforeSeq: Number.MAX_SAFE_INTEGER, limit: 10 };
  const range = { startMs: 0, endMs: Date.now() + 60_000 };
  const filter = { metric: "x", userId: null, source: null, ...range };
  const first = await listEvents(env, tenant, filter, page);
  // What is kept is not asked for: these bytes would not be read.
  await env.DB.prepare("UPDATE usage_segments SET body = x'00' WHERE tenant = ?")
    .bind(tenant)
    .run();
  expect(await listEvents(env, tenant, filter, page)).toEqual(first);
  await record(2);
  const { breakdown } = await summarize(env, tenant, {
    ...WHOLE_USAGE,
    ...range,
    groupBy: ["user_id"],
  });
  expect(breakdown.map(({ group, events }) => [...group, events])).toEqual([
    ["u1", 1],
    ["u2", 1],
  ]);
});

it("keeps four megabytes, the newest", () => {
  const body = "x".repeat(900_000);
  const inline = { drainedMs: 1, objectKey: null };
  for (let low = 1; low <= 6; low++) keepBody("ten_cache", { low, high: low + 1, ...inline }, body);
  keepBody("ten_cache", { low: 9, high: 10, ...inline }, "y".repeat(1_000_001));
  const names = ["3-4-1-", "4-5-1-", "5-6-1-", "6-7-1-"];
  expect([...keptBodies("ten_cache").keys()]).toEqual(names);
  expect(keptBodies("ten_other").size).toBe(0);
});
