/** What belongs to one tenant does not exist for another: every path that takes an id. */
import { beforeAll, describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "./support/api.ts";

type Owned = Record<string, string>;

async function made(key: string, path: string, body?: unknown): Promise<string> {
  const answer = await call(key, "POST", path, body);
  expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body.id;
}

/** One of everything a tenant can have, by the name its paths use. */
async function ownSomething(tenantId: string, key: string): Promise<Owned> {
  await call(key, "PUT", "/api/issuer", { legal_name: "Owner Ltd", currency: "USD" });
  const customer = await made(key, "/api/customers", { name: "Buyer" });
  const draft = { customer_id: customer, lines: [{ name: "Work", quantity: 1, unit_price: 5 }] };
  const invoice = await made(key, "/api/invoices", draft);
  await made(key, `/api/invoices/${invoice}/finalize`);
  const credit = await made(key, `/api/invoices/${invoice}/credit`, { reason: "mistaken" });
  await made(key, "/api/usage/record", { metric_name: "own_metric", quantity: 1, id: "own-event" });
  const subscription = await made(await operatorKey(), "/api/subscriptions", {
    tenant_id: tenantId,
    plan: "FREE",
    base_price: 0,
  });
  await call(key, "POST", "/api/test-clock", { now: "2026-02-02T00:00:00Z" });
  return {
    users: await made(key, "/api/users", { email: "o@a.test", name: "O", role: "viewer" }),
    keys: await made(key, "/api/keys", { name: "K", role: "viewer" }),
    events: "own-event",
    metrics: "own_metric",
    customers: customer,
    invoices: invoice,
    invoice,
    quotes: await made(key, "/api/quotes", draft),
    quote: await made(key, "/api/quotes", draft),
    "credit-notes": credit,
    "credit-note": credit,
    subscriptions: subscription,
    periods: (await call(key, "GET", "/api/billing/periods")).body.data[0].id,
  };
}

const OPERATIONS = [
  "GET /api/users/{id}",
  "PATCH /api/users/{id}",
  "DELETE /api/users/{id}",
  "DELETE /api/keys/{id}",
  "GET /api/usage/events/{id}",
  "POST /api/usage/events/{id}/void",
  "GET /api/metrics/{id}",
  "GET /api/customers/{id}",
  "PATCH /api/customers/{id}",
  "GET /api/invoices/{id}",
  "PATCH /api/invoices/{id}",
  "POST /api/invoices/{id}/finalize",
  "POST /api/invoices/{id}/void",
  "POST /api/invoices/{id}/credit",
  "GET /api/invoices/{id}/payments",
  "POST /api/invoices/{id}/payments",
  "GET /api/invoices/{id}/xml",
  "GET /api/credit-notes/{id}",
  "GET /api/credit-notes/{id}/xml",
  "GET /api/invoices/{id}/explain",
  "GET /api/credit-notes/{id}/explain",
  ...["invoices", "credit-notes", "quotes"].flatMap((kind) => [
    `POST /api/${kind}/{id}/link`,
    `GET /api/${kind}/{id}/links`,
    `GET /api/${kind}/{id}/preview`,
    `DELETE /api/${kind}/{id}/links/{link}`,
  ]),
  "GET /api/quotes/{id}",
  "PATCH /api/quotes/{id}",
  "POST /api/quotes/{id}/finalize",
  "POST /api/quotes/{id}/void",
  "POST /api/quotes/{id}/accept",
  "POST /api/quotes/{id}/reject",
  "POST /api/quotes/{id}/convert",
  "GET /api/pdf/invoice/{id}",
  "GET /api/pdf/quote/{id}",
  "GET /api/pdf/credit-note/{id}",
  "GET /api/subscriptions/{id}",
  "GET /api/billing/periods/{id}",
];

/** A body that would do, by the operation's end. */
const BODIES: [RegExp, unknown][] = [
  [/(?:void|credit|reject)$/, { reason: "mistaken" }],
  [/payments$/, { amount: 1 }],
  [/link$/, {}],
  [/^PATCH .*(?:users|customers)/, { name: "Mine now" }],
  [/^PATCH /, { notes: "Mine now" }],
];

describe("what is another tenant's", () => {
  let owner = { tenantId: "", key: "" };
  let stranger = { tenantId: "", key: "" };
  let owned: Owned = {};
  beforeAll(async () => {
    owner = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    stranger = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    owned = await ownSomething(owner.tenantId, owner.key);
  });

  it.each(OPERATIONS)("is not found by %s", async (operation) => {
    const [method = "", path = ""] = operation.split(" ");
    const kind = /([\w-]+)\/\{id\}/.exec(path)?.[1] ?? "";
    const url = path.replace("{id}", owned[kind] ?? expect.unreachable(kind));
    const takesBody = method !== "GET" && !/events|finalize|accept|convert/.test(path);
    const [, body] = BODIES.find(([end]) => takesBody && end.test(operation)) ?? [];

    const answer = await call(stranger.key, method, url, body);
    expect([answer.status, answer.body.code]).toEqual([404, "resource.not_found"]);
    if (method === "GET") expect((await call(owner.key, "GET", url)).status).not.toBe(404);
  });

  it("is in none of the stranger's lists", async () => {
    const lists = ["users", "customers", "invoices", "quotes", "credit-notes", "subscriptions"];
    for (const list of [...lists, "usage/events", "billing/periods"]) {
      const { status, body } = await call(stranger.key, "GET", `/api/${list}`);
      expect([list, status, body.data]).toEqual([list, 200, []]);
    }
    const usage = await call(stranger.key, "GET", "/api/usage/summary");
    expect(usage.body.metrics).toEqual([]);
  });
});
