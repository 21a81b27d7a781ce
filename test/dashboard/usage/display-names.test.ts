/** Metrics stand on pages by their display names, with their ids in small. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { noteRefused } from "../../../src/metering/record/refused.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const NAMED = /Render minutes <small class="muted">render_mins<\/small>/;

it("metrics are shown by name on every page that lists them", async () => {
  const [{ tenantId, key }, operator] = [await makeTenant(), await operatorKey()];
  const named = { display_name: "Render minutes" };
  for (const who of [key, operator]) {
    expect((await call(who, "PUT", "/api/metrics/render_mins", named)).status).toBe(200);
  }
  const code = `NAMES${Date.now()}`;
  const prices = [{ metric_name: "render_mins", model: "per_unit", unit_price: 1 }];
  await call(operator, "POST", "/api/plans", { code, name: "N", currency: "USD", prices });
  const subscribed = { tenant_id: tenantId, plan: code, base_price: 0 };
  const { body } = await call(operator, "POST", "/api/subscriptions", subscribed);
  const item = { metric_name: "render_mins", quantity: 3, id: "one" };
  const { event_seq } = (await call(key, "POST", "/api/usage/record", item)).body;
  const rule = { event_type: "render", metric_name: "render_mins", aggregation: "count" };
  const made = (await call(operator, "POST", "/api/usage/rules", rule)).body;
  const nowMs = Date.now();
  await noteRefused(
    env as unknown as Env,
    tenantId,
    [
      {
        message: `rec_${nowMs}`,
        index: 0,
        tuple: ["late", "render_mins", 1_000_000, nowMs],
        why: { code: "usage.limit_reached", detail: "a reason" },
      },
    ],
    nowMs,
  );

  const [tenant, provider] = [await signedIn(key), await signedIn(operator)];
  const pages: [typeof tenant, string][] = [
    [tenant, "/dashboard/usage"],
    [tenant, "/dashboard/usage/events"],
    [tenant, "/dashboard/usage/metrics"],
    [tenant, "/dashboard/usage/refused"],
    [tenant, "/dashboard/billing"],
    [provider, "/dashboard/usage/rules"],
    [provider, `/dashboard/usage/rules/${made.id}`],
    [provider, `/dashboard/billing/plans/${code}`],
    [provider, `/dashboard/billing/subscriptions/${body.id}`],
    [provider, "/dashboard/tenants"],
  ];
  for (const [browser, path] of pages) {
    expect([path, (await browser.get(path)).text]).toEqual([path, expect.stringMatching(NAMED)]);
  }
  const voided = `/dashboard/usage/events/${event_seq}/void`;
  const asked = await tenant.submit("/dashboard/usage/events", voided, { confirmed: "" });
  expect(asked.text).toContain("Takes 3 Render minutes of");
  await call(operator, "DELETE", `/api/usage/rules/${made.id}`);
});
