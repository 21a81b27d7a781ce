/** A plan's limits hold for foreign events as for any others, and their alerts come back. */
import { expect, it } from "vitest";
import { call, operatorKey } from "../../support/api.ts";
import { subscriber } from "../../support/billing.ts";

const CLOCK = "2026-03-10T12:00:00Z";

it("a foreign event fires alerts in its answer, and is refused by a hard limit", async () => {
  const code = `HARD_${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
  const price = { metric_name: "jobs", included_quantity: 10, model: "per_unit", unit_price: 1 };
  const plan = { code, name: "Hard", currency: "USD", prices: [{ ...price, hard_limit: true }] };
  const made = await call(await operatorKey(), "POST", "/api/plans", plan);
  expect([made.status, made.body.detail]).toEqual([201, undefined]);
  const { key } = await subscriber(CLOCK, { plan: code });
  const event = (id: string, quantity: number) => ({
    specversion: "1.0",
    id,
    source: "s",
    type: "jobs",
    data: { quantity },
  });
  const path = "/api/usage/cloudevents";
  const first = await call(key, "POST", path, event("1", 9));
  const percents = first.body.alerts.map((a: { threshold_percent: number }) => a.threshold_percent);
  expect([first.status, percents]).toEqual([200, [80, 90]]);
  const over = await call(key, "POST", path, event("2", 2));
  expect([over.status, over.body.code, over.body.remaining]).toEqual([
    429,
    "usage.limit_reached",
    1,
  ]);
  // For those who read the status alone it is final: nobody is to send it again and again.
  const batch = await call(key, "POST", path, [event("2", 2), event("3", 1)]);
  expect([batch.status, batch.body.accepted, batch.body.refused]).toEqual([422, 1, 1]);
  expect(batch.body.alerts).toMatchObject([{ threshold_percent: 100 }]);
  expect(batch.body.errors).toMatchObject([{ pointer: "/0" }]);
});
