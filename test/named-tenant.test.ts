/**
 * Every operation in which a tenant is named takes its external id as well as its id: those of the
 * API's document that have a `tenant_id`, in the query or the body, or a tenant in their path. One
 * that is not listed here fails the last test.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "./support/api.ts";
import { type ApiDocument, type Operation, operationsOf, type Schema } from "./support/document.ts";

type Asked = { path?: string; query?: string; body?: object | string };
const inPath = (rest: string, body?: object) => (name: string) => ({
  path: `/api/tenants/${encodeURIComponent(name)}${rest}`,
  ...(body === undefined ? {} : { body }),
});
const inQuery = (body?: object | string) => (name: string) => ({
  query: `?tenant_id=${encodeURIComponent(name)}`,
  ...(body === undefined ? {} : { body }),
});
const inBody = (body: object) => (name: string) => ({ body: { ...body, tenant_id: name } });

const PAST = { metric_name: "named", quantity: 1, id: "past", timestamp: "2020-01-01T00:00:00Z" };

/** In an order in which each finds what it needs; `{id}` is the event's, or the last import's. */
const STEPS: [operation: string, asked: (name: string) => Asked][] = [
  ["PUT /api/tenants/{id}", inPath("", { name: "Put" })],
  ["PATCH /api/tenants/{id}", inPath("", { name: "Patched" })],
  ["GET /api/tenants/{id}", inPath("")],
  ["PUT /api/tenants/{id}/budgets", inPath("/budgets", { users: 10 })],
  ["GET /api/tenants/{id}/budgets", inPath("/budgets")],
  ["POST /api/tenants/{id}/drain", inPath("/drain")],
  ["POST /api/ledgers/moves", inBody({ ledger: 0 })],
  ["GET /api/tenants/{id}/archive", inPath("/archive")],
  ["POST /api/tenants/{id}/archive/run", inPath("/archive/run")],
  ["POST /api/tenants/{id}/archive/restore", inPath("/archive/restore", { month: "2020-01" })],
  ["POST /api/tenants/{id}/erasure", inPath("/erasure", { name: "Patched", delay_days: 90 })],
  ["GET /api/tenants/{id}/erasure", inPath("/erasure")],
  ["DELETE /api/tenants/{id}/erasure", inPath("/erasure")],
  ["POST /api/subscriptions", inBody({ plan: "FREE", base_price: 0 })],
  ["GET /api/subscriptions", inQuery()],
  ["GET /api/exports/subscriptions", inQuery()],
  [
    "POST /api/bulk/subscriptions",
    (tenant_id) => ({ body: { act: "cancel", filter: { tenant_id, ids: "sub_none" } } }),
  ],
  ["GET /api/customers", inQuery()],
  ["POST /api/credits", inBody({ kind: "granted", amount: 1, currency: "USD" })],
  ["GET /api/credits", inQuery()],
  ["GET /api/billing/preview", inQuery()],
  ["GET /api/billing/periods", inQuery()],
  ["POST /api/usage/events/{id}/void", inQuery()],
  ["PUT /api/metrics/{name}", inQuery({ unit: "B" })],
  ["POST /api/usage/imports", inQuery({ name: "older" })],
  ["GET /api/usage/imports", inQuery()],
  ["GET /api/usage/imports/{id}", inQuery()],
  ["POST /api/usage/imports/{id}/events", inQuery({ events: [PAST] })],
  ["GET /api/usage/imports/{id}/preview", inQuery()],
  ["PUT /api/usage/imports/{id}/file", inQuery("metric_name,quantity,timestamp\n")],
  ["GET /api/usage/imports/{id}/file", inQuery()],
  ["POST /api/usage/imports/{id}/file/read", inQuery({})],
  ["POST /api/usage/imports/{id}/commit", inQuery()],
  ["POST /api/usage/imports/{id}/revert", inQuery()],
];

let operator = "";
let tenantId = "";
let externalId = "";
let lastId = "recorded";

beforeAll(async () => {
  operator = await operatorKey();
  const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  tenantId = tenant.tenantId;
  externalId = `named/${tenantId} ä`;
  const given = { external_id: externalId };
  expect((await call(operator, "PATCH", `/api/tenants/${tenantId}`, given)).status).toBe(200);
  const event = { metric_name: "named", quantity: 1, id: lastId };
  expect((await call(tenant.key, "POST", "/api/usage/record", event)).status).toBe(201);
});

function ask(operation: string, { path, query = "", body }: Asked) {
  const [method = "", own = ""] = operation.split(" ");
  const filled = (path ?? own).replace("{id}", lastId).replace("{name}", "named");
  return call(operator, method, filled + query, body);
}

describe("a tenant", () => {
  it.each(STEPS)("is named by its external id at %s", async (operation, asked) => {
    const makes = operation === "PUT /api/tenants/{id}";
    for (const nobody of ["ten_none", ...(makes ? [] : ["nobody's/own"])]) {
      const { status, body } = await ask(operation, asked(nobody));
      expect([nobody, status, body.detail]).toEqual([nobody, 404, "tenant not found"]);
    }
    const named = await ask(operation, asked(externalId));
    const { tenant_id: of = tenantId, id, detail } = named.body ?? {};
    expect([named.status < 300, detail]).toEqual([true, undefined]);
    expect(of).toBe(tenantId);
    if (operation === "POST /api/usage/imports") lastId = id;
    if (!operation.startsWith("GET ")) return;
    expect((await ask(operation, asked(tenantId))).bytes).toEqual(named.bytes);
  });

  it("is named so wherever the API's document says that one is named", async () => {
    const { body } = await call(null, "GET", "/openapi.json");
    const naming = operationsOf(body as ApiDocument).filter(namesTenant);
    const names = naming.map(({ method, path }) => `${method} ${path}`);
    expect(STEPS.map(([operation]) => operation).sort()).toEqual(names.sort());
  });
});

function namesTenant({ path, parameters, body }: Operation): boolean {
  const bodies = Object.values(body ?? {}).map(({ schema }) => schema);
  return (
    path.startsWith("/api/tenants/{") ||
    parameters.some(({ name }) => name === "tenant_id") ||
    bodies.some(hasTenant)
  );
}

function hasTenant(schema: Schema): boolean {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
  ];
  return schema.properties?.tenant_id !== undefined || inner.some(hasTenant);
}
