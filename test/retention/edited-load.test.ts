/** An export's files that somebody edited, read back: refused in words, and no harm to others. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { makeId } from "../../src/platform/runtime/crypto.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../support/api.ts";

const worker = env as unknown as Env;
const fresh = makeId("ten", Date.now());
const own = { id: fresh, name: "Edited", mode: "live", created_ms: 1, operator: 0 };
let operator = "";

function load(part: string, body: string) {
  return call(operator, "PUT", `/api/tenant-load?of=${fresh}&part=${part}`, body);
}

const lineOf = (table: string, row: object) => JSON.stringify({ table, row });

/** Another tenant's customer, invoice and item, and the operator's invoice to it. */
async function makeOther() {
  const { tenantId, key } = await makeTenant();
  const documentOf = async (by: string) => {
    const customer = await call(by, "POST", "/api/customers", { name: "Buyer" });
    const draft = await call(by, "POST", "/api/invoices", {
      customer_id: customer.body.id,
      currency: "USD",
      lines: [{ name: "Work", quantity: 1, unit_price: 10 }],
    });
    expect(draft.status).toBe(201);
    return { customer: customer.body.id, invoice: draft.body.id };
  };
  return { tenantId, key, theirs: await documentOf(key), operators: await documentOf(operator) };
}

beforeAll(async () => {
  operator = await operatorKey();
  expect((await load("rows", lineOf("tenants", own))).status).toBe(200);
});

describe("rows that somebody edited", () => {
  it.each([
    ["no JSON", "{"],
    ["a number", "5"],
    ["a list", "[]"],
    ["null", "null"],
    ["no table", '{"row":{}}'],
    ["no row", '{"table":"customers"}'],
    ["a row of null", '{"table":"customers","row":null}'],
    ["a row of a list", '{"table":"customers","row":[]}'],
    ["a value that is an object", '{"table":"customers","row":{"name":{}}}'],
    ["a value that is a list", '{"table":"customers","row":{"name":[1]}}'],
    ["a table by another name", '{"table":"constructor","row":{}}'],
    ["a name of a megabyte", `{"table":"${"x".repeat(1_000_000)}","row":{}}`],
    ["a column of a megabyte", `{"table":"items","row":{"${"x".repeat(1_000_000)}":1}}`],
    ["a column that is none", lineOf("items", { id: "itm_a", tenant: fresh, "a\u0000b": 1 })],
    ["nothing in a column that needs it", lineOf("customers", { id: "cus_e", tenant: fresh })],
    ["no column at all", lineOf("customers", {})],
    ["a word for a number", lineOf("periods", { id: "per_e", tenant: fresh, start_ms: "soon" })],
    ["what hangs on nothing", lineOf("period_lines", { period_id: "per_none" })],
  ])("of %s are refused in words", async (_, text) => {
    for (const part of ["rows", "last"]) {
      const { status, body, bytes } = await load(part, text);
      expect([part, status, body.code]).toEqual([part, 422, "request.invalid"]);
      expect(bytes.length).toBeLessThan(1_000);
    }
  });

  it("of a table take the columns of all of them, whichever comes first", async () => {
    const customer = (id: string, more: object) => {
      return lineOf("metrics", { tenant: fresh, name: id, created_ms: 1, ...more });
    };
    const { status, body } = await load(
      "rows",
      `${customer("a", {})}\n${customer("b", { no: 1 })}`,
    );
    expect([status, body.errors?.[0].detail]).toEqual([
      422,
      "metrics has no column no in this version",
    ]);
  });

  it("hang on no other tenant's, nor say what the operator has of another", async () => {
    const { tenantId, theirs, operators } = await makeOther();
    const before = await call(operator, "GET", `/api/invoices/${operators.invoice}`);
    const lines = "SELECT count(*) AS n FROM document_lines WHERE document_id IN (?1, ?2)";
    const count = worker.DB.prepare(lines).bind(theirs.invoice, operators.invoice);
    const had = await count.first("n");
    const read = "SELECT * FROM document_lines WHERE document_id = ?1";
    const line = await worker.DB.prepare(read).bind(theirs.invoice).first();
    const document = await worker.DB.prepare("SELECT * FROM documents WHERE id = ?1")
      .bind(operators.invoice)
      .first();
    const forged = [
      lineOf("document_lines", { ...line, position: 7 }),
      lineOf("document_lines", { ...line, position: 7, document_id: operators.invoice }),
      lineOf("documents", { ...document, id: "inv_forged", recipient: tenantId }),
      lineOf("customers", {
        id: "cus_forged",
        tenant: "ten_operator",
        linked_tenant: tenantId,
        name: "Forged",
      }),
      lineOf("customer_balances", { customer_id: theirs.customer, tenant: fresh, currency: "USD" }),
    ];
    for (const text of forged) {
      for (const part of ["check", "rows"]) {
        const { status, body } = await load(part, text);
        expect([text, status, body.code]).toEqual([text, 422, "request.invalid"]);
        expect(body.detail).toMatch(/another tenant/);
      }
    }
    expect(await count.first("n")).toBe(had);
    expect((await call(operator, "GET", `/api/invoices/${operators.invoice}`)).body).toEqual(
      before.body,
    );
  });
});

describe("events that somebody edited", () => {
  const event = {
    event_seq: 1,
    id: "e1",
    source: "api",
    metric_name: "m",
    quantity: "1",
    timestamp: "2024-01-01T00:00:00Z",
    recorded_at: "2024-01-01T00:00:00Z",
    user_id: null,
    metadata: {},
  };

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", "[1]"],
    ["a quantity that is a number", JSON.stringify({ ...event, quantity: 1 })],
    ["a quantity that is a word", JSON.stringify({ ...event, quantity: "many" })],
    ["no time", JSON.stringify({ ...event, timestamp: "yesterday" })],
    ["no metadata", JSON.stringify({ ...event, metadata: null })],
    ["no source", JSON.stringify({ ...event, source: undefined })],
    ["a user that is an object", JSON.stringify({ ...event, user_id: {} })],
    ["a void of itself", JSON.stringify({ ...event, voids_seq: 1 })],
    ["another sequence", JSON.stringify({ ...event, event_seq: 2 })],
    ["a sequence of 1.5", JSON.stringify({ ...event, event_seq: 1.5 })],
  ])("with %s are refused in words", async (_, text) => {
    const { status, body } = await load("events&from_seq=0", text);
    expect([status, body.code]).toEqual([422, "request.invalid"]);
  });

  it("are taken once they are as an export has them, and once only", async () => {
    const send = () => load("events&from_seq=0", `${JSON.stringify(event)}\n`);
    expect((await send()).body).toMatchObject({ events_up_to: 1 });
    expect((await send()).body).toMatchObject({ events_up_to: 1 });
  });
});

it("files of others are not written over, and a logo is what its name says", async () => {
  const { tenantId } = await makeTenant();
  const put = (key: string, bytes: string) => load(`file&key=${key}`, bytes);
  const textAt = async (key: string) => (await worker.FILES.get(key))?.text();
  const mail = `mail/eml_${tenantId}/0`;
  await worker.FILES.put(mail, "theirs");
  expect((await put(mail, "mine")).status).toBe(200);
  expect(await textAt(mail)).toBe("theirs");
  expect((await put(`attachment/${tenantId}/inv_x/att_x`, "mine")).status).toBe(422);
  expect((await put(`import/${tenantId}/imp_x`, "mine")).status).toBe(422);
  expect((await put(`logo/${"0".repeat(64)}`, "mine")).status).toBe(422);
  expect((await put(`import/${fresh}/imp_x`, "mine")).status).toBe(200);
  expect(await textAt(`import/${fresh}/imp_x`)).toBe("mine");
});
