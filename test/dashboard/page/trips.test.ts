/** How often a page asks the database: in production each time is a round trip. */
import { createExecutionContext } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import worker from "../../../src/index.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { countedDb, type Reads } from "../../support/counted-db.ts";
import { signedIn } from "../browser.ts";

const env = bindings as unknown as Env;

type Who = "tenant" | "operator";
const cookies: Record<Who, string> = { tenant: "", operator: "" };
const ids: Record<"invoice" | "draft" | "subscription", string> = {
  invoice: "",
  draft: "",
  subscription: "",
};

beforeAll(async () => {
  const operator = await operatorKey();
  const { key, tenantId } = await makeTenant({ ledger: 0 });
  const subscribed = { tenant_id: tenantId, plan: "FREE", base_price: 0 };
  const subscription = await call(operator, "POST", "/api/subscriptions", subscribed);
  const customer = await call(key, "POST", "/api/customers", { name: "Buyer" });
  const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
  const draftOf = () =>
    call(key, "POST", "/api/invoices", { customer_id: customer.body.id, lines });
  ids.draft = (await draftOf()).body.id;
  ids.invoice = (await draftOf()).body.id;
  ids.subscription = subscription.body.id;
  const final = await call(key, "POST", `/api/invoices/${ids.invoice}/finalize`);
  expect([subscription.status, final.status]).toEqual([201, 200]);
  await call(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 1 });
  cookies.tenant = (await signedIn(key)).cookie ?? "";
  cookies.operator = (await signedIn(operator)).cookie ?? "";
});

/** What a page asks that was opened before, so that what an isolate keeps is kept. */
async function askedBy(path: string, by: Who): Promise<Pick<Reads, "trips" | "statements">> {
  const { db, reads } = countedDb(env.DB);
  for (let opened = 0; opened < 2; opened++) {
    Object.assign(reads, { trips: 0, statements: 0 });
    const request = new Request(`https://api.test/dashboard${path}`, {
      headers: { cookie: cookies[by] },
    });
    const answer = await worker.fetch(request, { ...env, DB: db }, createExecutionContext());
    expect([answer.status, (await answer.text()).length > 1_000]).toEqual([200, true]);
  }
  return reads;
}

describe("a page asks the database", () => {
  it.each([
    ["an invoice", "/invoices/", "invoice", "tenant", 3],
    ["a draft", "/invoices/", "draft", "tenant", 3],
    ["usage of a metric", "/usage?metric=api_calls", null, "tenant", 3],
    ["the bill", "/billing", null, "tenant", 3],
    ["the next invoice", "/billing/next", null, "tenant", 5],
    ["a subscription", "/billing/subscriptions/", "subscription", "operator", 5],
    ["subscriptions", "/billing/subscriptions", null, "operator", 4],
    ["a plan's form", "/billing/plans/FREE/edit", null, "operator", 3],
  ] as const)("for %s few times", async (_, path, of, by, most) => {
    const { trips } = await askedBy(path + (of === null ? "" : ids[of]), by);
    expect(trips).toBeLessThanOrEqual(most);
  });

  it.each([
    ["an invoice", (id: typeof ids) => `/invoices/${id.invoice}`, 12],
    ["a draft", (id: typeof ids) => `/invoices/${id.draft}`, 13],
    ["a draft's form", (id: typeof ids) => `/invoices/${id.draft}/edit`, 9],
    ["usage of a metric", () => "/usage?metric=api_calls", 14],
  ] as const)("for %s by few statements", async (_, pathOf, most) => {
    const { statements } = await askedBy(pathOf(ids), "tenant");
    expect(statements).toBeLessThanOrEqual(most);
  });
});
