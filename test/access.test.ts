/**
 * Who may call what: one line for each operation of the API. A route that is not listed fails the
 * last test, so that nobody adds one without deciding who may use it.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { TenantMode } from "../src/accounts/actor.ts";
import { may, type Permission, ROLES } from "../src/accounts/roles.ts";
import { OPERATOR_TENANT } from "../src/accounts/store.ts";
import { call, keyFor, makeTenant } from "./support/api.ts";

/** `anyone`: every key of the tenant, whatever its role. */
type Access = Permission | "anyone";

const LINES = [{ name: "Work", quantity: 1, unit_price: 1 }];
const DRAFT = { customer_id: "cus_none", lines: LINES };
const REASON = { reason: "mistaken" };
const EVENT = { metric_name: "api_calls", quantity: 1 };
const VERSION = { currency: "USD", prices: [] };
const CREDIT = { tenant_id: "ten_none", kind: "granted", amount: 1, currency: "USD" };
const SUBSCRIPTION = { tenant_id: "ten_none", plan: "FREE", base_price: 0 };

const ACCESS: Record<string, [Access, unknown?]> = {
  "get /api/tenant": ["anyone"],
  "post /api/tenants": ["operator.tenants", { name: "X" }],
  "get /api/tenants": ["operator.tenants"],
  "get /api/tenants/{id}": ["operator.tenants"],
  "get /api/users": ["members.read"],
  "post /api/users": ["members.write", { email: "x@a.test", name: "X", role: "viewer" }],
  "get /api/users/{id}": ["members.read"],
  "patch /api/users/{id}": ["members.write", { name: "X" }],
  "delete /api/users/{id}": ["members.write"],
  "get /api/keys": ["members.read"],
  "post /api/keys": ["keys.write", { name: "X", role: "viewer" }],
  "delete /api/keys/{id}": ["keys.write"],
  "get /api/audit": ["audit.read"],
  "get /api/test-clock": ["anyone"],
  "post /api/test-clock": ["clock.move", { now: "2026-01-02T00:00:00Z" }],

  "post /api/usage/record": ["usage.write", EVENT],
  "post /api/usage/events": ["usage.write", [EVENT]],
  "get /api/usage/events": ["usage.read"],
  "get /api/usage/events/{id}": ["usage.read"],
  "post /api/usage/events/{id}/void": ["usage.void"],
  "get /api/usage/summary": ["usage.read"],
  "get /api/usage/metrics": ["usage.read"],
  "get /api/metrics/{name}": ["usage.read"],
  "put /api/metrics/{name}": ["metrics.write", { unit: "B" }],

  "get /api/issuer": ["documents.read"],
  "put /api/issuer": ["settings.write", { legal_name: "X Ltd" }],
  "post /api/customers": ["documents.write", { name: "X" }],
  "get /api/customers": ["documents.read"],
  "get /api/customers/{id}": ["documents.read"],
  "patch /api/customers/{id}": ["documents.write", { name: "X" }],
  "post /api/invoices": ["documents.write", DRAFT],
  "get /api/invoices": ["documents.read"],
  "get /api/invoices/{id}": ["documents.read"],
  "patch /api/invoices/{id}": ["documents.write", { notes: "X" }],
  "post /api/invoices/{id}/finalize": ["documents.finalize"],
  "post /api/invoices/{id}/void": ["documents.finalize", REASON],
  "post /api/invoices/{id}/credit": ["documents.finalize", REASON],
  "get /api/invoices/{id}/payments": ["documents.read"],
  "post /api/invoices/{id}/payments": ["documents.finalize", { amount: 1 }],
  "get /api/invoices/{id}/xml": ["documents.read"],
  "get /api/invoices/{id}/explain": ["billing.read"],
  "post /api/invoices/{id}/link": ["documents.write", {}],
  "get /api/invoices/{id}/links": ["documents.read"],
  "get /api/invoices/{id}/preview": ["documents.read"],
  "delete /api/invoices/{id}/links/{link}": ["documents.write"],
  "get /api/credit-notes": ["documents.read"],
  "get /api/credit-notes/{id}/xml": ["documents.read"],
  "get /api/credit-notes/{id}/explain": ["billing.read"],
  "post /api/credit-notes/{id}/link": ["documents.write", {}],
  "get /api/credit-notes/{id}/links": ["documents.read"],
  "get /api/credit-notes/{id}/preview": ["documents.read"],
  "delete /api/credit-notes/{id}/links/{link}": ["documents.write"],
  "get /api/credit-notes/{id}": ["documents.read"],
  "post /api/quotes": ["documents.write", DRAFT],
  "get /api/quotes": ["documents.read"],
  "get /api/quotes/{id}": ["documents.read"],
  "patch /api/quotes/{id}": ["documents.write", { notes: "X" }],
  "post /api/quotes/{id}/finalize": ["documents.finalize"],
  "post /api/quotes/{id}/link": ["documents.write", {}],
  "get /api/quotes/{id}/links": ["documents.read"],
  "get /api/quotes/{id}/preview": ["documents.read"],
  "delete /api/quotes/{id}/links/{link}": ["documents.write"],
  "post /api/quotes/{id}/void": ["documents.write"],
  "post /api/quotes/{id}/accept": ["documents.finalize"],
  "post /api/quotes/{id}/reject": ["documents.finalize", {}],
  "post /api/quotes/{id}/convert": ["documents.finalize"],
  "get /api/pdf/invoice/{id}": ["documents.read"],
  "get /api/pdf/quote/{id}": ["documents.read"],
  "get /api/pdf/credit-note/{id}": ["documents.read"],

  "get /api/branding": ["documents.read"],
  "put /api/branding": ["settings.write", {}],
  "get /api/branding/logo": ["documents.read"],
  "put /api/branding/logo": ["settings.write"],
  "delete /api/branding/logo": ["settings.write"],
  "get /api/branding/preview.pdf": ["documents.read"],

  "get /api/plans": ["billing.read"],
  "post /api/plans": ["operator.plans", { ...VERSION, code: "NEW", name: "New" }],
  "get /api/plans/{plan}": ["billing.read"],
  "patch /api/plans/{plan}": ["operator.plans", { name: "X" }],
  "get /api/plans/{plan}/versions": ["billing.read"],
  "post /api/plans/{plan}/versions": ["operator.plans", VERSION],
  "post /api/subscriptions": ["operator.subscriptions", SUBSCRIPTION],
  "get /api/subscriptions": ["billing.read"],
  "get /api/subscriptions/{id}": ["billing.read"],
  "post /api/subscriptions/{id}/change-plan": [
    "operator.subscriptions",
    { plan: "FREE", when: "now" },
  ],
  "post /api/subscriptions/{id}/cancel": ["operator.subscriptions", { when: "now" }],
  "get /api/usage/current-period": ["usage.read"],
  "get /api/usage/overage-charges": ["usage.read"],
  "get /api/usage/alerts": ["usage.read"],
  "get /api/usage/billing-estimate": ["usage.read"],
  "get /api/usage/entitlements/{metric}": ["usage.read"],
  "get /api/usage/proof": ["usage.read"],
  "get /api/billing/preview": ["billing.read"],
  "post /api/billing/simulate": ["billing.read", { currency: "USD", prices: [], usage: [] }],
  "post /api/coupons": ["operator.plans", { code: "ACCESS", name: "X", percent: 1 }],
  "get /api/coupons": ["operator.plans"],
  "post /api/subscriptions/{id}/coupons": ["operator.subscriptions", { code: "ACCESS" }],
  "post /api/credits": ["operator.subscriptions", CREDIT],
  "get /api/credits": ["billing.read"],
  "get /api/billing/periods": ["billing.read"],
  "get /api/billing/periods/{id}": ["billing.read"],
};

async function documented(): Promise<Set<string>> {
  const { body } = await call(null, "GET", "/openapi.json");
  const names = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  return new Set(names.filter((name) => name.includes(" /api/")));
}

function keysOf(tenantId: string, mode: TenantMode): Promise<string[]> {
  return Promise.all(ROLES.map((role) => keyFor(tenantId, role, { mode })));
}

let tenantKeys: string[] = [];
let operatorKeys: string[] = [];
beforeAll(async () => {
  const { tenantId } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  tenantKeys = await keysOf(tenantId, "test");
  operatorKeys = await keysOf(OPERATOR_TENANT, "live");
});

/** For each key, whether the operation let its role pass. */
async function passes(operation: string, body: unknown, keys: readonly string[]) {
  const [method = "", path = ""] = operation.split(" ");
  const url = path.replace(/\{\w+\}/g, "none");
  const passed: boolean[] = [];
  for (const key of keys) {
    const { status } = await call(key, method.toUpperCase(), url, body);
    expect(status, `${operation} answered`).not.toBe(401);
    expect(status, `${operation} answered`).toBeLessThan(500);
    passed.push(status !== 403);
  }
  return passed;
}

describe("each role", () => {
  it.each(Object.entries(ACCESS))("at %s has what %j says", async (operation, [access, body]) => {
    const allowed = ROLES.map((role) => access === "anyone" || may(role, access));
    const operatorOnly = access.startsWith("operator.");
    expect(await passes(operation, body, tenantKeys)).toEqual(
      operatorOnly ? ROLES.map(() => false) : allowed,
    );
    if (!operatorOnly) return;
    expect(await passes(operation, body, operatorKeys)).toEqual(allowed);
  });
});

describe("each operation", () => {
  it("has its line in the table above, and none is left over", async () => {
    expect([...(await documented())].sort()).toEqual(Object.keys(ACCESS).sort());
  });
});
