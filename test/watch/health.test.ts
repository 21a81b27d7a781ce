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
    "imports_stuck",
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

it("names an import that stopped half-way, and not one that goes on or is done", async () => {
  const { tenantId, key } = await makeTenant();
  const operator = await operatorKey();
  const found = async () => {
    const { body } = await call(operator, "GET", "/api/health");
    const sign = (body.signs as Sign[]).find(({ id }) => id === "imports_stuck");
    return { sign, own: sign?.first.filter(({ tenant_id }) => tenant_id === tenantId) };
  };
  const made = await call(key, "POST", "/api/usage/imports", { name: "old usage" });
  const path = `/api/usage/imports/${made.body.id}`;
  const setBack = (status: string) =>
    env.DB.prepare("UPDATE usage_imports SET status = ?2, moved_ms = 1 WHERE id = ?1")
      .bind(made.body.id, status)
      .run();
  expect((await found()).own).toEqual([]);
  await setBack("reverting");
  const { sign, own } = await found();
  expect(sign).toMatchObject({ needs_attention: true });
  expect(own).toEqual([
    {
      tenant_id: tenantId,
      what: "an import of usage",
      since: "1970-01-01T00:00:00.001Z",
      why: "stopped while reverting: call revert again",
    },
  ]);
  const { body } = await call(operator, "GET", "/metrics").then(({ bytes }) => ({
    body: new TextDecoder().decode(bytes),
  }));
  expect(body).toMatch(/^boxcostpro_imports_stuck [1-9]/m);
  const ended = await call(operator, "POST", `${path}/revert?tenant_id=${tenantId}`);
  expect([ended.status, ended.body.done]).toEqual([200, true]);
  expect((await found()).own).toEqual([]);
  // One that just went on is on its way.
  await setBack("committing");
  await env.DB.prepare("UPDATE usage_imports SET moved_ms = ?2 WHERE id = ?1")
    .bind(made.body.id, Date.now())
    .run();
  expect((await found()).own).toEqual([]);
});
