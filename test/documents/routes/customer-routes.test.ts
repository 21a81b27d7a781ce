import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

describe("/api/customers", () => {
  it("creates, changes field by field, reads and lists", async () => {
    const { key } = await makeTenant();
    const made = await call(key, "POST", "/api/customers", {
      name: "Café Ünal",
      email: "unal@example.com",
      vat_id: "FR40303265045",
      payment_terms_days: 30,
      reference: "K-17",
    });
    expect(made.status).toBe(201);
    const path = `/api/customers/${made.body.id}`;
    const changed = await call(key, "PATCH", path, { vat_id: null, language: "fr" });
    expect(changed.body).toMatchObject({
      name: "Café Ünal",
      vat_id: null,
      language: "fr",
      payment_terms_days: 30,
    });
    expect((await call(key, "GET", path)).body).toEqual({ ...changed.body, balances: [] });
    const found = await call(key, "GET", "/api/customers?q=%C3%BCnal");
    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await call(key, "GET", "/api/customers?q=nobody")).body.data).toEqual([]);
  });

  it("loses no field of simultaneous changes: one is told to read again", async () => {
    const { key } = await makeTenant();
    const { body } = await call(key, "POST", "/api/customers", { name: "A" });
    const path = `/api/customers/${body.id}`;
    const changes = [{ email: "a@example.com" }, { phone: "1" }, { reference: "R" }];
    const answers = await Promise.all(changes.map((change) => call(key, "PATCH", path, change)));
    const after = (await call(key, "GET", path)).body;
    for (const [i, change] of changes.entries()) {
      if (answers[i]?.status === 200) expect(after).toMatchObject(change);
      else expect(answers[i]?.body.code).toBe("resource.conflict");
    }
  });

  it("pages with a cursor", async () => {
    const { key } = await makeTenant();
    for (const name of ["A", "B", "C"]) await call(key, "POST", "/api/customers", { name });
    const first = await call(key, "GET", "/api/customers?limit=2");
    const next = `/api/customers?limit=2&cursor=${first.body.next_cursor}`;
    const second = await call(key, "GET", next);
    const names = [...first.body.data, ...second.body.data].map(({ name }) => name);
    expect([names.sort(), second.body.next_cursor]).toEqual([["A", "B", "C"], null]);
  });

  it("refuses a reference twice, and another tenant's id", async () => {
    const [one, other] = [await makeTenant(), await makeTenant()];
    const made = await call(one.key, "POST", "/api/customers", { name: "A", reference: "R" });
    const again = await call(one.key, "POST", "/api/customers", { name: "B", reference: "R" });
    expect(again.status).toBe(409);
    expect((await call(other.key, "GET", `/api/customers/${made.body.id}`)).status).toBe(404);
    const patch = await call(other.key, "PATCH", `/api/customers/${made.body.id}`, { name: "X" });
    expect(patch.status).toBe(404);
  });
});
