/** Subscribed tenants and moved clocks, for tests of everything that bills. */
import { expect, vi } from "vitest";
import { call, makeTenant, operatorKey, type TestTenant } from "./api.ts";

// A test that moves a clock closes many periods, each with a dozen statements.
vi.setConfig({ testTimeout: 60_000 });

export type Subscriber = TestTenant & { operator: string; id: string };

/** A test tenant whose clock stands at `clock`, subscribed from then on; to FREE by default. */
export async function subscriber(
  clock: string,
  body: Record<string, unknown> = {},
): Promise<Subscriber> {
  const tenant = await makeTenant({ clock });
  const operator = await operatorKey();
  const answer = await call(operator, "POST", "/api/subscriptions", {
    tenant_id: tenant.tenantId,
    plan: "FREE",
    base_price: 0,
    ...body,
  });
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return { ...tenant, operator, id: answer.body.id };
}

/** Records one event; `rest` may hold a metric, an id, a timestamp. */
export async function record(
  of: TestTenant,
  quantity: number | string,
  rest: Record<string, unknown> = {},
) {
  const answer = await call(of.key, "POST", "/api/usage/record", {
    metric_name: "api_calls",
    quantity,
    ...rest,
  });
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return answer.body;
}

/** Takes an event back as the operator does, since plans price it. */
export async function takeBack(of: TestTenant, id: string): Promise<void> {
  const path = `/api/usage/events/${id}/void?tenant_id=${of.tenantId}`;
  const answer = await call(await operatorKey(), "POST", path);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
}

/** Moves the tenant's clock, in as many steps as it takes; answers all that ran. */
export async function moveTo(of: TestTenant, now: string): Promise<{ kind: string; at: string }[]> {
  const ran: { kind: string; at: string }[] = [];
  for (;;) {
    const answer = await call(of.key, "POST", "/api/test-clock", { now });
    expect([answer.status, answer.body.detail, answer.body.failed]).toEqual([200, undefined, []]);
    ran.push(...answer.body.ran);
    if (answer.body.done) return ran;
  }
}

/** A list of the API's first page, oldest first. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
export async function listed(of: TestTenant, path: string): Promise<any[]> {
  const answer = await call(of.key, "GET", path);
  expect(answer.status).toBe(200);
  return answer.body.data.reverse();
}

let plans = 0;

/** A plan of the operator's in USD that bills each quote 1.00; answers its code. */
export async function quotePlan(more: Record<string, unknown> = {}): Promise<string> {
  const code = `QUOTES-${Date.now()}-${++plans}`;
  const prices = [{ metric_name: "quotes_generated", model: "per_unit", unit_price: 1 }];
  const body = { code, name: "Quotes", currency: "USD", prices, grace_hours: 0, ...more };
  const answer = await call(await operatorKey(), "POST", "/api/plans", body);
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return code;
}

/** Records quotes, which no call of a test makes by itself. */
export function quote(of: TestTenant, quantity: number, rest: Record<string, unknown> = {}) {
  return record(of, quantity, { metric_name: "quotes_generated", ...rest });
}

/** Changes, cancels or resumes a subscription. */
export async function act(of: Subscriber, verb: string, body: Record<string, unknown> = {}) {
  const answer = await call(of.operator, "POST", `/api/subscriptions/${of.id}/${verb}`, body);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return answer.body;
}
