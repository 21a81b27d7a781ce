/** Lago's wallets, to read: each is a credit that a tenant has with the operator. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { readTenant } from "../../accounts/store/tenant-store.ts";
import { countCredits, listCredits, readCredit } from "../../billing/credit/credit-store.ts";
import { lacking } from "./errors.ts";
import { askedPage, metaOf } from "./page.ts";
import { queryOf, type Route } from "./route.ts";
import { ulidOf } from "./uuid.ts";
import { showWallet } from "./wallet.ts";
import { tenantCalled } from "./whose.ts";

type Call = Context<AppEnv>;

async function listAll(c: Call): Promise<Response> {
  const actor = allow(c, "billing.read", "tenants");
  const id = queryOf(c).get("external_customer_id");
  if (id) return listOf(c, await tenantCalled(c.env, actor, id, "customer"));
  if (actor.operator) throw lacking("customer");
  return listOf(c, actor);
}

async function listOfCustomer(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "billing.read", "tenants");
  return listOf(c, await tenantCalled(c.env, actor, id, "customer"));
}

async function listOf(c: Call, { tenantId, nowMs }: Actor): Promise<Response> {
  const page = askedPage(queryOf(c));
  const slice = { before: null, limit: page.size, offset: page.offset };
  const [credits, total, tenant] = await Promise.all([
    listCredits(c.env.DB, tenantId, slice),
    countCredits(c.env.DB, tenantId),
    readTenant(c.env.DB, tenantId),
  ]);
  const named = tenant?.externalId ?? tenantId;
  const wallets = credits.map((credit) => showWallet(credit, named, nowMs));
  return c.json({ wallets, meta: metaOf(page, total) });
}

async function findOne(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "billing.read", "tenants");
  const ulid = ulidOf(id);
  const credit = ulid === null ? null : await readCredit(c.env.DB, `crd_${ulid}`);
  const tenant = credit && (await readTenant(c.env.DB, credit.tenant));
  if (!credit || !tenant || !reaches(actor, credit.tenant)) throw lacking("wallet");
  const nowMs = tenant.testClockMs ?? actor.realMs;
  return c.json({ wallet: showWallet(credit, tenant.externalId ?? tenant.id, nowMs) });
}

export const walletRoutes: readonly Route[] = [
  { method: "GET", path: /^\/wallets$/, answer: listAll },
  { method: "GET", path: /^\/customers\/(.+)\/wallets$/, answer: listOfCustomer },
  { method: "GET", path: /^\/wallets\/([^/]+)$/, answer: findOne },
];
