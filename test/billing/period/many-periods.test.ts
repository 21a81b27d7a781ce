import { expect, it } from "vitest";
import { listed, moveTo, record, subscriber, takeBack } from "../../support/billing.ts";

const MONTHS = 66;

it("what is taken back from 66 billed months is credited, 25 documents in one go", async () => {
  const tenant = await subscriber("2020-01-01T00:00:00Z");
  const ids: string[] = [];
  const monthAfter = (n: number) => new Date(Date.UTC(2020, n, 5)).toISOString();
  for (let n = 0; n < MONTHS; n++) {
    await moveTo(tenant, monthAfter(n));
    // Ten are included; five are billed at 0.50.
    const { id } = await record(tenant, 15, { metric_name: "quotes_generated" });
    ids.push(id);
  }
  await moveTo(tenant, monthAfter(MONTHS));
  for (const id of ids) await takeBack(tenant, id);
  // Each call of the clock keeps to the queries of an invocation, and none of its work fails.
  const ran = await moveTo(tenant, monthAfter(MONTHS + 1));
  const kinds = ran.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "period.close")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "subscription.settle").length).toBeGreaterThan(1);
  const credits = await listed(tenant, "/api/credit-notes?limit=200");
  expect(credits.map(({ total }) => total)).toEqual(Array.from({ length: MONTHS }, () => 2.5));
  const invoices = await listed(tenant, "/api/invoices?limit=200");
  expect(new Set(invoices.map(({ status }) => status))).toEqual(new Set(["void"]));
});
