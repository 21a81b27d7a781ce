/** The operator's health: what waits or fails, counted, with the first of each. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../support/api.ts";

type Sign = {
  id: string;
  count: number;
  needs_attention: boolean;
  first: { tenant_id: string; what: string; why: string }[];
};

it("names work that fails and e-mails that were not sent, with tenant and reason", async () => {
  const { tenantId } = await makeTenant();
  await env.DB.prepare(
    `INSERT INTO due (id, tenant, kind, ref, lane, clock, at_ms, attempts, error)
     VALUES (?1, ?2, 'period.close', 'per_1', ?2, 'test', 1, 3, 'it broke')`,
  )
    .bind(`0-${tenantId}`, tenantId)
    .run();
  const { body, status } = await call(await operatorKey(), "GET", "/api/health");
  expect([status, body.status]).toEqual([200, "attention"]);
  const signs = body.signs as Sign[];
  expect(signs.map(({ id }) => id)).toEqual([
    "announcements_waiting",
    "work_late",
    "work_failing",
    "endpoints_failing",
    "deliveries_failed",
    "emails_waiting",
    "emails_failed",
  ]);
  const failing = signs.find(({ id }) => id === "work_failing");
  expect(failing?.needs_attention).toBe(true);
  expect(failing?.first).toContainEqual({
    tenant_id: tenantId,
    what: "period.close",
    since: "1970-01-01T00:00:00.001Z",
    why: "it broke",
  });
});
