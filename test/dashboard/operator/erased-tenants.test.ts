/** The operator's list of tenants that are erased, or wait for it. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { UNCONFINED } from "../../../src/accounts/actor/confinement.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { DAY_MS } from "../../../src/core/time.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { tenantErasurePage } from "../../../src/retention/tenant/tenant-erasure.ts";
import { closeTenant, insertTenantErasure } from "../../../src/retention/tenant/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const worker = env as unknown as Env;
const LIST = "/dashboard/tenants/erased";
/** Behind all that other tests ask for: a list is newest first. */
const LATE_MS = Date.UTC(2040, 0, 1);

const rowsOf = (html: string) => html.match(/<tr id="ten_.*?<\/tr>/gs) ?? [];
const idsOf = (html: string) => rowsOf(html).map((row) => /<tr id="([^"]*)"/.exec(row)?.[1]);

/** A tenant whose erasure was asked for so late, and is done. */
async function erased(askedMs: number, name = "Gone Ltd"): Promise<string> {
  const { tenantId, key } = await makeTenant({ name });
  await call(key, "PUT", "/api/issuer", { legal_name: "Seller", currency: "EUR" });
  const customer = await call(key, "POST", "/api/customers", { name: "Buyer" });
  const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
  const draft = { customer_id: customer.body.id, lines };
  const { body } = await call(key, "POST", "/api/invoices", draft);
  expect((await call(key, "POST", `/api/invoices/${body.id}/finalize`)).status).toBe(200);
  await noted(tenantId, askedMs);
  return tenantId;
}

async function noted(tenant: string, askedMs: number): Promise<void> {
  const asked = { tenant, id: makeId("tes", askedMs), askedMs, byOperator: true };
  const times = { beginsMs: askedMs, begunMs: askedMs, doneMs: askedMs + DAY_MS };
  await insertTenantErasure(worker.DB, { ...asked, ...times }).run();
  await worker.DB.batch(closeTenant(worker.DB, tenant, askedMs));
}

it("says who was erased when, without a name, and what is kept until when", async () => {
  const gone = await erased(LATE_MS + 10 * DAY_MS);
  const { tenantId: waiting } = await makeTenant({ name: "Hesitant & Co" });
  const asked = { name: "Hesitant & Co", delay_days: 7 };
  const answer = await call(await operatorKey(), "POST", `/api/tenants/${waiting}/erasure`, asked);
  expect(answer.status).toBe(201);
  const late = makeId("tes", LATE_MS + 9 * DAY_MS);
  const update = "UPDATE tenant_erasures SET id = ? WHERE tenant = ?";
  await worker.DB.prepare(update).bind(late, waiting).run();

  const browser = await signedIn(await keyFor(OPERATOR_TENANT, "viewer"));
  expect((await browser.get("/dashboard/tenants")).text).toContain(`href="${LIST}"`);
  const { text } = await browser.get(LIST);
  expect(text).not.toContain("Gone Ltd");
  const [first = "", second = ""] = rowsOf(text);
  const until = new Date().getUTCFullYear() + 11;
  for (const part of [gone, "done", "11 Jan 2040", "12 Jan 2040", ">1<", `1 Jan ${until}`]) {
    expect(first).toContain(part);
  }
  for (const part of ["Hesitant &amp; Co", waiting, "waiting", "from ", ">0<"]) {
    expect(second).toContain(part);
  }
  const [, link = ""] = /href="([^"]*)"/.exec(first) ?? [];
  const page = await browser.get(link);
  expect([page.status, page.text.includes(`href="${LIST}"`)]).toEqual([200, true]);
});

it("leads on and back, a page at a time", async () => {
  const made = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const { tenantId } = await makeTenant();
      await noted(tenantId, LATE_MS + (100 + i) * DAY_MS);
      return tenantId;
    }),
  );
  const newest = made.reverse();
  const browser = await signedIn(await operatorKey());
  const first = await browser.get(LIST);
  const next = /href="([^"]*)"[^>]*>\s*Next/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const second = await browser.get(next);
  const size = idsOf(first.text).length;
  expect(size).toBeLessThan(60);
  expect(idsOf(first.text)).toEqual(newest.slice(0, size));
  expect(idsOf(second.text).slice(0, 60 - size)).toEqual(newest.slice(size));
  const back = /href="([^"]*)"[^>]*>\s*Previous/.exec(second.text)?.[1];
  const again = await browser.get(back?.replaceAll("&amp;", "&") ?? "");
  expect(idsOf(again.text)).toEqual(idsOf(first.text));
});

it("has those alone that a key reaches, and is nobody's but the operator's", async () => {
  const [mine, other] = [await makeTenant(), await makeTenant()];
  for (const { tenantId } of [mine, other]) await noted(tenantId, LATE_MS + 300 * DAY_MS);
  const confined = { confinement: { ...UNCONFINED, tenants: [mine.tenantId] } };
  const { data } = await tenantErasurePage(worker, confined, undefined);
  expect(data.map(({ erasure }) => erasure.tenant)).toEqual([mine.tenantId]);
  const tenant = await signedIn((await makeTenant()).key);
  expect((await tenant.get(LIST)).status).toBe(403);
});
