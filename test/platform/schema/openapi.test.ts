/** What a refused body is told: each wrong field, and no more than somebody can mend at once. */
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const bytesOf = (body: unknown) => JSON.stringify(body).length;

describe("a refused body", () => {
  it("is told every wrong field by its pointer", async () => {
    const { key } = await makeTenant();
    const { status, body } = await call(key, "POST", "/api/customers", { nmae: 1, "a/b": 2 });
    expect([status, body.code]).toEqual([422, "request.invalid"]);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.sort()).toEqual(["/a~1b", "/name", "/nmae"]);
    expect(body.detail).not.toContain("are listed");
  });

  it("is told 50 of thousands of fields that are none, and how many there are", async () => {
    const { key } = await makeTenant();
    const junk = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]));
    const { status, body } = await call(key, "POST", "/api/customers", { name: "A", ...junk });
    expect([status, body.errors.length]).toEqual([422, 50]);
    expect(body.detail).toBe(
      "/k0: is not a field of this request (the first 50 of 20000 are listed)",
    );
    expect(bytesOf(body)).toBeLessThan(10_000);
  });

  it("is told 50 of thousands of items that are wrong", async () => {
    const { key } = await makeTenant();
    const lines = Array.from({ length: 500 }, () => ({ name: "" }));
    const { status, body } = await call(key, "POST", "/api/invoices", { customer_id: "c", lines });
    expect([status, body.errors.length]).toEqual([422, 50]);
    expect(body.detail).toContain("the first 50 of");
  });

  it("is not sent back in the name of a field", async () => {
    const { key } = await makeTenant();
    const name = "x".repeat(500_000);
    const { status, body } = await call(key, "POST", "/api/customers", { name: "A", [name]: 1 });
    expect([status, body.errors[0].pointer]).toEqual([422, `/${"x".repeat(100)}…`]);
    expect(bytesOf(body)).toBeLessThan(1_000);
  });
});
