import { describe, expect, it } from "vitest";
import type { ApiDocument, Operation } from "../../../src/dashboard/reference/document.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

const HOST = "https://api.test";

async function document(): Promise<ApiDocument> {
  return (await call(null, "GET", "/openapi.json")).body;
}

type Named = { method: string; path: string; operation: Operation };

async function operations(): Promise<Named[]> {
  return Object.entries((await document()).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

describe("the document for people", () => {
  it("names where it was asked for, and describes every tag in an order of groups", async () => {
    const { servers, tags = [], "x-tagGroups": groups = [], webhooks } = await document();
    expect(servers).toEqual([{ url: HOST, description: "This installation" }]);
    const names = tags.map(({ name }) => name);
    expect(groups.flatMap(({ tags: some }) => some)).toEqual(names);
    const bare = tags.filter(({ description }) => !description);
    expect(bare, "say in dashboard/reference/tags.ts what it is about").toEqual([]);
    for (const { operation } of await operations()) expect(names).toContain(operation.tags?.[0]);
    for (const [type, { post }] of Object.entries(webhooks)) {
      expect(post.requestBody?.content["application/json"]?.example).toMatchObject({ type });
      expect(post.description).not.toMatch(/^Sent to the endpoints that want/);
    }
  });

  it("has a request in three languages and an example of what is answered for each", async () => {
    for (const { path, operation } of await operations()) {
      const { operationId: id, "x-codeSamples": samples = [], responses } = operation;
      expect([id, samples.map(({ label }) => label)]).toEqual([
        id,
        ["curl", "TypeScript", "Python"],
      ]);
      const [shell, script] = samples.map(({ source }) => source);
      expect(shell, id).toContain(HOST + path.replace(/\{.*/, ""));
      if (path.startsWith("/api/")) expect(script, id).toContain("@boxcostpro/client");
      const bodies = [operation.requestBody ?? {}, ...Object.values(responses)];
      const poor = bodies.flatMap(({ content = {} }) =>
        Object.entries(content).filter(([type, { example }]) => type === JSON_TYPE && !example),
      );
      expect([id, poor.map(([, { example }]) => example)]).toEqual([id, []]);
    }
  });

  it("sends in its examples what the operations take", async () => {
    const { tenantId, key } = await makeTenant();
    const operator = await operatorKey();
    const named = await operations();
    const bodyOf = ({ operation }: Named) => operation.requestBody?.content[JSON_TYPE]?.example;
    const customerOf = named.find(({ operation }) => operation.operationId === "createCustomer");
    const made = await call(key, "POST", "/api/customers", customerOf && bodyOf(customerOf));
    const draft = {
      customer_id: made.body.id,
      currency: "EUR",
      lines: [{ name: "Seat", quantity: 1, unit_price: 5 }],
    };
    const invoice = await call(key, "POST", "/api/invoices", draft);
    expect(invoice.status).toBe(201);
    // Names of this run, since plans, coupons and external ids are the whole installation's.
    const own = (text: string) =>
      text.replaceAll(/\b(PRO|LAUNCH20|customer-4711)\b/g, `$1-${tenantId.toUpperCase()}`);
    const sent = (body: unknown) =>
      JSON.parse(
        own(JSON.stringify(body))
          .replaceAll(/cus_\w+/g, made.body.id)
          .replaceAll(/inv_\w+/g, invoice.body.id),
      );
    // Who asks for an erasure names the tenant.
    await call(operator, "PATCH", `/api/tenants/${tenantId}`, { name: "Northwind Ltd" });
    const refused: string[] = [];
    for (const one of named) {
      const { method, path, operation } = one;
      if (bodyOf(one) === undefined) continue;
      const exampleOf = (name: string) =>
        own(String(operation.parameters?.find((at) => at.name === name)?.example));
      const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(exampleOf(name)));
      const needed = (operation.parameters ?? []).filter((at) => at.in === "query" && at.required);
      const query = new URLSearchParams(needed.map(({ name }) => [name, exampleOf(name)]));
      for (const bearer of [key, operator]) {
        const to = `${place}?${query}`;
        const { status, body } = await call(bearer, method.toUpperCase(), to, sent(bodyOf(one)));
        const wrong = status === 400 || body?.code === "request.invalid";
        if (wrong) refused.push(`${operation.operationId}: ${body.detail}`);
        if (status !== 403) break;
      }
    }
    expect(refused).toEqual([]);
  });
});

const JSON_TYPE = "application/json";

describe("the page at /docs", () => {
  it("loads its library from our own files, under a policy that names no other host", async () => {
    const { status, headers, bytes } = await call(null, "GET", "/docs");
    const html = new TextDecoder().decode(bytes);
    const policy = headers.get("content-security-policy") ?? "";
    expect(status).toBe(200);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:/);
    expect(html).not.toContain("demo-key");
    const loaded = [...html.matchAll(/<(?:link|script)[^>]+(?:href|src)="(.+?)"/g)];
    expect(loaded.length).toBeGreaterThan(4);
    for (const [, address = ""] of loaded) {
      expect([address, (await call(null, "GET", address)).status]).toEqual([address, 200]);
    }
  });

  it("is led to by the name of an operation", async () => {
    const { status, headers } = await call(null, "GET", "/docs/operations/createInvoice");
    expect([status, headers.get("location")]).toEqual([
      302,
      "/docs#tag/invoices/POST/api/invoices",
    ]);
    expect((await call(null, "GET", "/docs/operations/none")).status).toBe(404);
  });
});
