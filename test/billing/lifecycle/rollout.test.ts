/** A new version of a plan that very many are on: it reaches all, some at a time. */
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { mostAsked } from "../../../scripts/platform/invocation.ts";
import { PLAN_ROLLOUT, ROLLOUT_BATCH } from "../../../src/billing/lifecycle/rollout.ts";
import { runDue } from "../../../src/schedule.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { quotePlan } from "../../support/billing.ts";

vi.setConfig({ testTimeout: 120_000 });

/** The due rows of a rollout, by their ids. */
async function waiting(): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT id FROM due WHERE kind = ?")
    .bind(PLAN_ROLLOUT)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

it("reaches everyone on the plan, fifty at a step", async () => {
  const operator = await operatorKey();
  const code = await quotePlan();
  const ids: string[] = [];
  for (let i = 0; i <= ROLLOUT_BATCH; i++) {
    const { tenantId } = await makeTenant();
    const body = { tenant_id: tenantId, plan: code, base_price: 0 };
    const { status, body: made } = await call(operator, "POST", "/api/subscriptions", body);
    expect([status, made.detail]).toEqual([201, undefined]);
    ids.push(made.id);
  }
  const send = vi.spyOn(env.JOBS, "send").mockResolvedValue(undefined as never);
  const prices = [{ metric_name: "quotes_generated", model: "per_unit", unit_price: 2 }];
  const asked = await mostAsked("POST ", async () => {
    const path = `/api/plans/${code}/versions`;
    const made = await call(operator, "POST", path, { prices, currency: "USD" });
    expect([made.status, made.body.detail]).toEqual([201, undefined]);
  });
  expect(asked.queries).toBeGreaterThan(0);
  expect(asked.queries).toBeLessThan(1_000);
  const pending = () =>
    env.DB.prepare(
      `SELECT count(*) AS n FROM (
         SELECT subscription_id FROM subscription_changes
         WHERE subscription_id IN (SELECT value FROM json_each(?))
         GROUP BY subscription_id HAVING count(*) = 1)`,
    )
      .bind(JSON.stringify(ids))
      .first("n");
  expect(await pending()).toBe(1);
  const [step, ...others] = await waiting();
  expect(others).toEqual([]);
  expect(send).toHaveBeenCalledWith({ kind: "due", id: step });
  await runDue(env, step ?? "", Date.now());
  expect([await pending(), await waiting()]).toEqual([0, []]);
  vi.restoreAllMocks();
});
