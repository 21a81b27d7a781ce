/** Every list of the API's document is paged, or says why it cannot grow. */
import { beforeAll, describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "./support/api.ts";
import { type ApiDocument, type Operation, operationsOf, type Schema } from "./support/document.ts";

/** Of e-mails, links, payments and credits. */
const TIMELINE = "the first or newest 200 of each kind of thing";

/** Arrays outside pages, by operation and field, and what bounds each. */
const BOUNDED: Readonly<Record<string, string>> = {
  "/api/usage/summary metrics": "9,000 rows, refused beyond with what to ask instead",
  "/api/usage/summary breakdown": "50,000 rows, refused beyond with what to ask instead",
  "/api/usage/summary user_ids": "those that were asked for, 100 at most",
  "/api/metrics/{name} dimensions": "4 a metric",
  "/api/issuer address.lines": "its schema's maximum",
  "/api/issuer identifiers": "its schema's maximum",
  "/api/issuer tax_representative.address.lines": "its schema's maximum",
  "/api/customers/{id} identifiers": "its schema's maximum",
  "/api/issuer bank.account": "its schema's maximum",
  "/api/issuer tax.components": "its schema's maximum",
  "/api/issuer reminder_days": "its schema's maximum",
  "/api/customers/{id} address.lines": "its schema's maximum",
  "/api/customers/{id} shipping.address.lines": "its schema's maximum",
  "/api/customers/{id} tax.components": "its schema's maximum",
  "/api/customers/{id}/account data": "one a currency",
  "/api/customers/{id}/statement entries": "2,000, refused beyond",
  "/api/items/{id} tax.components": "its schema's maximum",
  "/api/customers/{id} balances": "one a currency",
  "/api/tenant/budgets data": "the budgets that there are",
  "/api/tenants/{id}/budgets data": "the budgets that there are",
  "/api/roles/{id} permissions": "the permissions that there are",
  "/api/users/{id} customers": "100 a user",
  "/api/tenant key.permissions": "the permissions that there are",
  "/api/tenant key.tenants": "100 a key",
  "/api/email-counts data": "one a status",
  "/api/usage/event-counts data": "one a state",
  "/api/tenant-counts data": "one a mode",
  "/api/subscription-counts data": "one a state",
  "/api/webhook-delivery-counts data": "one a status",
  "/api/revenue data": "one a currency; twelve months, ten tenants of each list",
  "/api/document-counts data": "one a status, role and currency",
  "/api/document-counts by_status": "one a status and role",
  "/api/ledgers ledgers": "the databases that are bound, with the first 20 tenants of each",
  "/api/health signs": "the signs that there are, the first 20 of each",
  "/api/health stages": "the stages that there are",
  "/api/health meters": "the 20 that are behind the longest",
  "/api/search customers": "`limit` of each; the lists have the same `q`, and are paged",
  "/api/search documents": "`limit` of each; the lists have the same `q`, and are paged",
  "/api/plans/{plan} version.tenant_may": "the acts that there are",
  "/api/plans/{plan} version.prices": "100 a version",
  "/api/usage/current-period usage.metrics": "one a metric that was used",
  "/api/usage/current-period usage.breakdown": "none: nothing groups it",
  "/api/usage/current-period usage.user_ids": "none: nobody names users of it",
  "/api/usage/overage-charges charges": "one a price of the plan, 100 at most",
  "/api/usage/alerts alerts": "one a limit of the plan, 100 at most",
  "/api/usage/billing-estimate usage_charges": "one a price of the plan, 100 at most",
  "/api/usage/billing-estimate usage_summary.metrics": "one a metric that was used",
  "/api/usage/billing-estimate usage_summary.breakdown": "none: nothing groups it",
  "/api/usage/billing-estimate usage_summary.user_ids": "none: nobody names users of it",
  "/api/billing/preview lines": "those of one period",
  "/api/billing/periods/{id} lines": "those of one period",
  "/api/usage/imports/{id}/preview settlements": "one a closed period",
  "/api/usage/imports/{id}/file columns": "those in the file's first 65,536 bytes",
  "/api/usage/imports/{id}/file file.errors": "100 a file",
  "/api/usage/imports/{id}/file shown": "13 lines",
  "/api/usage/proof windows": "windows that the meter holds",
  "/api/quotes/{id}/timeline data": TIMELINE,
  "/api/invoices/{id}/timeline data": TIMELINE,
  "/api/proforma-invoices/{id}/timeline data": TIMELINE,
  "/api/credit-notes/{id}/timeline data": TIMELINE,
  "/api/payment-providers data": "one a provider that there is",
  "/api/webhooks/endpoints data": "20 a tenant",
  "/api/webhooks/endpoints/{id} events": "the types that there are",
  "/api/emails/{id} to": "its schema's maximum",
  "/api/emails/{id} cc": "its schema's maximum",
  "/api/emails/{id} attachments": "3 MB together",
  "/api/emails/{id} reports": "one a recipient and kind of report",
  "/api/alert-routes data": "20 a tenant",
  "/api/webhooks/deliveries/{id} log": "the newest 200",
};
/** Of a document: lines, taxes and parties have maxima of their own; 200 warnings are named. */
const DOCUMENT =
  /^\/api\/(?:quotes|(?:proforma-)?invoices|credit-notes)\/\{id\}(?:\/explain|\/warnings)? /;

let operations: Operation[] = [];
beforeAll(async () => {
  const { body } = await call(null, "GET", "/openapi.json");
  operations = operationsOf(body as ApiDocument).filter(({ method }) => method === "GET");
});

/** The fields of an answer that are arrays, but not those inside an entry of one. */
function arraysOf(schema: Schema, at = ""): string[] {
  if (schema.items) return [at];
  const parts = (schema.allOf ?? []).flatMap((part) => arraysOf(part, at));
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    arraysOf(field, at === "" ? name : `${at}.${name}`),
  );
  return [...new Set([...parts, ...fields])];
}

function unpaged({ path, parameters, responses }: Operation): string[] {
  const schema = responses["200"]?.content?.["application/json"]?.schema;
  const takes = parameters.filter((one) => one.in === "query").map(({ name }) => name);
  const isPaged = takes.includes("limit") && (takes.includes("cursor") || takes.includes("after"));
  if (!schema || isPaged) return [];
  return arraysOf(schema).map((field) => `${path} ${field}`);
}

describe("a list of the API", () => {
  it("is paged, or has a bound that is stated here", () => {
    const lists = operations.flatMap(unpaged).filter((name) => !DOCUMENT.test(name));
    expect(lists.sort()).toEqual(Object.keys(BOUNDED).sort());
  });

  it("that is paged says where the next page begins", () => {
    const without = operations
      .filter(({ parameters }) => parameters.some(({ name }) => name === "cursor"))
      .filter(({ responses }) => {
        const schema = responses["200"]?.content?.["application/json"]?.schema;
        return schema?.properties?.next_cursor === undefined;
      });
    expect(without.map(({ path }) => path)).toEqual([]);
  });
});

/** All entries of a list, in pages of `limit`. */
async function walk(key: string, path: string, field = "data", limit = 2): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { status, body } = await call(key, "GET", `${path}?limit=${limit}${next}`);
    expect([status, body[field].length <= limit]).toEqual([200, true]);
    found.push(...body[field].map((one: { id?: string; name?: string }) => one.id ?? one.name));
    cursor = body.next_cursor;
  }
  return found;
}

describe("pages of what was listed whole", () => {
  it("hold each payment, link and metric once, in the order of the whole", async () => {
    const { key } = await makeTenant();
    const { id: customer_id } = (await call(key, "POST", "/api/customers", { name: "B" })).body;
    const lines = [{ name: "Work", quantity: 1, unit_price: 100 }];
    const { id } = (await call(key, "POST", "/api/invoices", { customer_id, lines })).body;
    await call(key, "POST", `/api/invoices/${id}/finalize`);
    for (let i = 0; i < 5; i++) {
      await call(key, "POST", `/api/invoices/${id}/payments`, { amount: 1 });
      await call(key, "POST", `/api/invoices/${id}/link`, {});
      await call(key, "PUT", `/api/metrics/own_${i}`, { unit: "B" });
    }
    for (const [path, field] of [
      [`/api/invoices/${id}/payments`, "data"],
      [`/api/invoices/${id}/links`, "data"],
      ["/api/usage/metrics", "metrics"],
    ] as const) {
      const { body } = await call(key, "GET", path);
      expect(body.next_cursor).toBeNull();
      const whole = body[field].map((one: { id?: string; name?: string }) => one.id ?? one.name);
      expect(whole.length).toBe(field === "metrics" ? 15 : 5);
      for (const limit of [1, 2, 3, 11]) {
        expect(await walk(key, path, field, limit)).toEqual(whole);
      }
    }
  });

  it("hold each version of a plan, and each metric that a subscription prices", async () => {
    const operator = await operatorKey();
    const code = `PAGES${Date.now()}`;
    const price = (metric_name: string) => ({ metric_name, model: "per_unit", unit_price: 1 });
    const version = { currency: "USD", prices: ["b", "a", "c"].map(price) };
    await call(operator, "POST", "/api/plans", { ...version, code, name: "Pages" });
    for (let i = 0; i < 3; i++) {
      await call(operator, "POST", `/api/plans/${code}/versions`, version);
    }
    const whole = (await call(operator, "GET", `/api/plans/${code}/versions`)).body;
    expect([whole.data.length, whole.next_cursor]).toEqual([4, null]);
    const first = (await call(operator, "GET", `/api/plans/${code}/versions?limit=3`)).body;
    const path = `/api/plans/${code}/versions?limit=3&cursor=${first.next_cursor}`;
    const rest = (await call(operator, "GET", path)).body;
    expect([...first.data, ...rest.data]).toEqual(whole.data);
    const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const subscribed = { tenant_id: tenantId, plan: code, base_price: 0 };
    const { id } = (await call(operator, "POST", "/api/subscriptions", subscribed)).body;
    expect(await walk(key, `/api/subscriptions/${id}/metrics`, "metrics")).toEqual(["a", "b", "c"]);
  });
});
