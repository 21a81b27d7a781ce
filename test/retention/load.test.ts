/** A tenant is read back into the jurisdiction that keeps it, and beside what is there, or not. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, onTestFinished } from "vitest";
import product from "../../scripts/platform/checked-worker.ts";
import { ledgerDb } from "../../src/platform/db/ledger.ts";
import { makeId } from "../../src/platform/runtime/crypto.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { idIn } from "../../src/platform/runtime/jurisdiction.ts";
import type { Row } from "../../src/retention/export/rows.ts";
import { call, makeTenant, operatorKey } from "../support/api.ts";
import { ledgerOf } from "../support/ledger.ts";

const worker = env as unknown as Env;
const DIVIDED = { ...worker, LEDGER_JURISDICTIONS: "1=eu" };

it("comes into a ledger and a bucket there, and is refused where one is missing", async () => {
  const id = idIn("eu", makeId("ten", Date.now()));
  const key = await operatorKey();
  const send = async (into: Env, query: string, body: string) => {
    const request = new Request(`https://api.test/api/tenant-load?of=${id}&${query}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/octet-stream" },
      body,
    });
    const answer = await product.fetch(request, into, createExecutionContext());
    const { errors } = (await answer.json()) as { errors?: { detail: string }[] };
    return [answer.status, errors?.[0]?.detail];
  };
  const row = { id, name: "Kept", mode: "live", created_ms: 1, operator: 0 };
  const home = { ledger: 0, ledger_epoch: 0 };
  const rows = JSON.stringify({ table: "tenants", row: { ...row, ...home } });
  const refusal = "are of a tenant that is kept in eu, and";
  expect(await send(worker, "part=rows", rows)).toEqual([
    422,
    `${refusal} no ledger is kept in eu`,
  ]);
  const { FILES_EU: _, ...bare } = DIVIDED;
  expect(await send(bare as Env, "part=rows", rows)).toEqual([
    422,
    `${refusal} FILES_EU is not bound`,
  ]);
  expect(await send(DIVIDED, "part=rows", rows)).toEqual([200, undefined]);
  expect(await ledgerOf(id)).toBe(ledgerDb(worker, 1));
  const own = `attachment/${id}/inv_kept/att_kept`;
  for (const file of [own, `mail/eml_${id}/0`]) {
    expect(await send(DIVIDED, `part=file&key=${file}`, "bytes")).toEqual([200, undefined]);
    expect(await worker.FILES.head(file)).toBe(null);
    expect(await (await worker.FILES_EU?.get(file))?.text()).toBe("bytes");
  }
  // Its operator's stay with the operator.
  const theirs = `attachment/ten_operator/inv_${id}/att_kept`;
  await send(DIVIDED, `part=file&key=${theirs}`, "bytes");
  expect((await worker.FILES.head(theirs))?.key).toBe(theirs);
});

it("refuses all of it, and says why, where it collides with what is there", async () => {
  const operator = await operatorKey();
  const { tenantId } = await makeTenant();
  const id = makeId("ten", Date.now());
  const send = (part: string, rows: { table: string; row: Row }[]) => {
    const lines = rows.map((one) => JSON.stringify(one)).join("\n");
    return call(operator, "PUT", `/api/tenant-load?of=${id}&part=${part}`, lines);
  };
  const { DB } = worker;
  const rowOf = async (table: string, of: string) =>
    (await DB.prepare(`SELECT * FROM ${table} WHERE id = ?1`).bind(of).first<Row>()) ?? {};

  // The operator issues an invoice to another tenant, and has a plan and a customer.
  const name = id.slice(-12);
  await call(operator, "PUT", "/api/issuer", {
    name: "Operator Ltd",
    address: { line1: "Road 1", city: "Town", postal_code: "1000", country: "US" },
  });
  const buyer = await call(operator, "POST", "/api/customers", { name: "Buyer", reference: name });
  const draft = await call(operator, "POST", "/api/invoices", {
    customer_id: buyer.body.id,
    currency: "USD",
    lines: [{ name: "Work", quantity: 1, unit_price: 10 }],
  });
  const issued = await call(operator, "POST", `/api/invoices/${draft.body.id}/finalize`, {});
  expect(issued.status).toBe(200);
  const document = await rowOf("documents", draft.body.id);
  const customer = await rowOf("customers", buyer.body.id);
  await DB.batch([
    DB.prepare("INSERT INTO plans (id, code, name, created_ms) VALUES (?1, ?1, 'P', 1)").bind(name),
    DB.prepare("UPDATE tenants SET external_id = ?1 WHERE id = ?2").bind(name, tenantId),
  ]);
  // A plan without a version is none that any page could show.
  onTestFinished(async () => {
    await DB.prepare("DELETE FROM plans WHERE id IN (?1, 'pln_' || ?1)").bind(name).run();
  });
  const own = { id, name: "Comes", mode: "live", created_ms: 1, operator: 0 };
  const plan = { id: `pln_${name}`, name: "P", created_ms: 1 };
  const tenant = { table: "tenants", row: own };
  const colliding: [string, { table: string; row: Row }][] = [
    [
      `document number ${document.number}`,
      { table: "documents", row: { ...document, id: `inv_${name}`, recipient: id } },
    ],
    [
      `customer reference ${name}`,
      { table: "customers", row: { ...customer, id: `cus_${name}`, linked_tenant: id } },
    ],
    [`id in customers ${customer.id}`, { table: "customers", row: { ...customer, tenant: id } }],
    [`plan ${name}`, { table: "plans", row: { ...plan, code: name } }],
    [`external id ${name}`, { table: "tenants", row: { ...own, external_id: name } }],
  ];
  for (const [what, row] of colliding) {
    for (const part of ["check", "rows"]) {
      const { status, body } = await send(part, [tenant, row]);
      const told = [status, body.code, body.detail?.includes(`has ${what} already`)];
      expect([what, ...told]).toEqual([what, 409, "resource.conflict", true]);
    }
  }
  expect((await send("check", [tenant])).status).toBe(200);
  // Nothing stays: neither a row nor that it is being read back.
  const left = await DB.prepare(
    `SELECT (SELECT count(*) FROM tenants WHERE id = ?1)
       + (SELECT count(*) FROM tenant_loads WHERE tenant = ?1)
       + (SELECT count(*) FROM plans WHERE id = ?2) AS n`,
  );
  expect(await left.bind(id, plan.id).first("n")).toBe(0);

  // What was read back before is its own, and does not collide when it is sent again.
  const free = { table: "plans", row: { ...plan, code: `${name}-free` } };
  const external = { ...tenant, row: { ...own, external_id: `${name}-free` } };
  for (const part of ["check", "rows", "check", "rows"]) {
    expect((await send(part, [external, free])).status).toBe(200);
  }
});
