/** The catalogue of items, as callers and neighbours meet it. */
import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

async function catalogue(names: readonly string[]) {
  const { key, tenantId } = await makeTenant();
  for (const name of names) await call(key, "POST", "/api/items", { name, unit_price: "1.25" });
  return { key, tenantId };
}

describe("the catalogue of items", () => {
  it("keeps what was said of an item, and changes what is given", async () => {
    const { key } = await makeTenant();
    const tax = { category: "S", percent: 19, name: "VAT" };
    const input = { name: "Consulting", unit_code: "HUR", unit_price: "120.505", tax };
    const made = await call(key, "POST", "/api/items", { ...input, currency: "EUR" });
    expect([made.status, made.body]).toMatchObject([
      201,
      { name: "Consulting", unit_code: "HUR", unit_price: 120.505, tax: { percent: 19 } },
    ]);
    const path = `/api/items/${made.body.id}`;
    const changed = await call(key, "PATCH", path, { unit_price: 130, tax: null });
    expect(changed.body).toMatchObject({ name: "Consulting", unit_price: 130, tax: null });
    expect((await call(key, "GET", path)).body).toEqual(changed.body);
    expect((await call(key, "DELETE", path)).status).toBe(204);
    expect((await call(key, "GET", path)).status).toBe(404);
  });

  it("is listed by name, page by page, and found by how a name begins", async () => {
    const { key } = await catalogue(["beta", "Álpha two", "gamma", "alpha one", "alpha one"]);
    const names: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const { body } = await call(key, "GET", `/api/items?limit=2${from}`);
      names.push(...body.data.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor;
    }
    expect(names).toEqual(["alpha one", "alpha one", "Álpha two", "beta", "gamma"]);
    const { body } = await call(key, "GET", "/api/items?q=ALPHA%20t");
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(["Álpha two"]);
  });

  it("holds no more than its budget", async () => {
    const { key, tenantId } = await catalogue(["one"]);
    const budgets = `/api/tenants/${tenantId}/budgets`;
    await call(await operatorKey(), "PUT", budgets, { items: 2 });
    const add = () => call(key, "POST", "/api/items", { name: "more", unit_price: 1 });
    expect((await add()).status).toBe(201);
    const over = await add();
    expect([over.status, over.body.budget]).toEqual([429, "items"]);
    expect((await call(key, "GET", "/api/items")).body.data.length).toBe(2);
  });
});
