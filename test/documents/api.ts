/** What tests of documents start from: an issuer with a customer, and its documents by HTTP. */
import { env } from "cloudflare:workers";
import { ensureTenantCustomer, tenantCustomerId } from "../../src/documents/party/party-store.ts";
import { call, makeTenant, type TestTenant } from "../support/api.ts";

export const CLOCK = "2026-11-24T10:00:00Z";

export type Pair = { issuer: TestTenant; recipient: TestTenant; customerId: string };

/** A live issuer whose one customer is another tenant. */
export async function makePair(issuer?: TestTenant): Promise<Pair> {
  const from = issuer ?? (await makeTenant({ clock: CLOCK }));
  const recipient = await makeTenant();
  await ensureTenantCustomer(env.DB, from.tenantId, recipient.tenantId, "Buyer Ltd", 0).run();
  const customerId = tenantCustomerId(from.tenantId, recipient.tenantId);
  return { issuer: from, recipient, customerId };
}

export const LINE = { name: "Consulting", quantity: 2, unit_price: "150.50", unit_code: "HUR" };

export type Drafted = "invoices" | "quotes" | "proforma-invoices";

/** A draft with one line of 301.00, or with what is given instead. */
export async function draft(pair: Pair, kind: Drafted = "invoices", more = {}) {
  const body = { customer_id: pair.customerId, lines: [LINE], ...more };
  const answer = await call(pair.issuer.key, "POST", `/api/${kind}`, body);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** The same, finalised. */
export async function final(pair: Pair, kind: Drafted = "invoices", more = {}) {
  const { id } = await draft(pair, kind, more);
  const answer = await call(pair.issuer.key, "POST", `/api/${kind}/${id}/finalize`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}
