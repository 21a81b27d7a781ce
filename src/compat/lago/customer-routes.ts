/** Lago's customers: those of the actor, by its own ids of them or by the tenants that they are. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { findTenant, findTenants } from "../../accounts/store/tenant-store.ts";
import { Problem } from "../../core/errors.ts";
import {
  changeCustomer,
  createCustomer,
  customerOf,
  tenantCustomer,
} from "../../documents/party/customer.ts";
import {
  countCustomers,
  findCustomer,
  listCustomers,
  readCustomer,
  readIssuer,
} from "../../documents/party/party-store.ts";
import { customerChangeSchema, customerSchema } from "../../documents/schema/schema.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import type { Fields } from "../../metering/intake/foreign.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { customerChange, externalIdOf, LAGO_FIELDS, showCustomer } from "./customer.ts";
import { type Faults, invalid, lacking } from "./errors.ts";
import { askedPage, metaOf } from "./page.ts";
import { itself, objectIn, queryOf, type Route } from "./route.ts";

type Call = Context<AppEnv>;

/** A customer by an id of its issuer's for it, and what it is the tenant of, if it is one. */
type Found = { row: CustomerRow | null; tenant: { id: string; name: string } | null };

async function found(env: Env, actor: Actor, id: string): Promise<Found> {
  const tenant = actor.operator ? await findTenant(env.DB, id) : null;
  if (tenant && !tenant.operator) {
    const row = await findCustomer(env.DB, actor.tenantId, { linkedTenant: tenant.id });
    return { row, tenant };
  }
  const row =
    (await findCustomer(env.DB, actor.tenantId, { reference: id })) ??
    (await readCustomer(env.DB, actor, id));
  return { row, tenant: null };
}

/** A customer of the actor's by an id of Lago's. Errors: 404 `customer_not_found`. */
export async function customerCalled(env: Env, actor: Actor, id: string): Promise<CustomerRow> {
  const { row } = await found(env, actor, id);
  if (!row) throw lacking("customer");
  return row;
}

/** Customers as Lago shows them, in their order, by their ids. Two queries. */
export async function shownCustomers(
  env: Env,
  actor: Actor,
  rows: readonly CustomerRow[],
): Promise<Map<string, ReturnType<typeof showCustomer>>> {
  const linked = rows.flatMap(({ linkedTenant }) => linkedTenant ?? []);
  const [{ timeZone }, tenants] = await Promise.all([
    readIssuer(env.DB, actor.tenantId, actor.tenantName),
    findTenants(env.DB, linked),
  ]);
  const shown = rows.map((row) => {
    const tenant = row.linkedTenant === null ? undefined : tenants.get(row.linkedTenant);
    const externalId = externalIdOf(row, tenant?.externalId ?? null);
    return [row.id, showCustomer(row, externalId, timeZone)] as const;
  });
  return new Map(shown);
}

async function reply(c: Call, actor: Actor, row: CustomerRow): Promise<Response> {
  const shown = await shownCustomers(c.env, actor, [row]);
  return c.json({ customer: shown.get(row.id) });
}

/** Makes or changes the customer of an external id; the same again changes nothing. */
async function putCustomer(c: Call): Promise<Response> {
  const actor = allow(c, "documents.write");
  const given = await objectIn(c, "customer");
  const externalId = typeof given.external_id === "number" ? String(given.external_id) : "";
  const id = typeof given.external_id === "string" ? given.external_id : externalId;
  if (id === "") {
    throw invalid({ external_id: ["value_is_mandatory"] }, "external_id names the customer");
  }
  const { row: known, tenant } = await found(c.env, actor, id);
  const row = known ?? (tenant ? await tenantCustomer(c.env, actor, tenant) : null);
  if (row) return reply(c, actor, await changed(c, actor, row, given));
  const made = { name: id, ...customerChange(given, null), reference: id };
  const input = checked(customerSchema.safeParse(made));
  try {
    return await reply(c, actor, await createCustomer(c.env, actor, input));
  } catch (error) {
    // Of two at once one makes it.
    const { row: twin } = isConflict(error) ? await found(c.env, actor, id) : { row: null };
    if (!twin) throw error;
    return reply(c, actor, await changed(c, actor, twin, given));
  }
}

const ATTEMPTS = 5;

/** Changes a customer; again where another one changed it meanwhile. */
async function changed(
  c: Call,
  actor: Actor,
  row: CustomerRow,
  given: Fields,
): Promise<CustomerRow> {
  for (let left = ATTEMPTS - 1, held = row; ; left--) {
    const change = customerChange(given, held.party.address);
    const asked = checked(customerChangeSchema.safeParse(change));
    try {
      return await changeCustomer(c.env, actor, held.id, asked);
    } catch (error) {
      if (left === 0 || !isConflict(error)) throw error;
      held = await customerOf(c.env, actor, held.id);
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof Problem && error.code === "resource.conflict";
}

/** What a schema took. Errors: 422 by Lago's names of the fields. */
function checked<T>(
  result:
    | { success: true; data: T }
    | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } },
): T {
  if (result.success) return result.data;
  const faults: Faults = {};
  const { issues } = result.error;
  for (const { path } of issues) {
    const name = String(path.findLast((part) => typeof part === "string") ?? "customer");
    faults[LAGO_FIELDS[name] ?? name] = ["value_is_invalid"];
  }
  throw invalid(
    faults,
    issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; "),
  );
}

async function listAll(c: Call): Promise<Response> {
  const actor = allow(c, "documents.read");
  const query = queryOf(c);
  const page = askedPage(query);
  const externalId = query.get("external_id");
  if (externalId) {
    const { row } = await found(c.env, actor, externalId);
    return listed(c, actor, row ? [row] : [], { page, total: row ? 1 : 0 });
  }
  const filter = { text: query.get("search_term") || null };
  const [rows, total] = await Promise.all([
    listCustomers(c.env.DB, actor, {
      ...filter,
      before: null,
      limit: page.size,
      offset: page.offset,
    }),
    countCustomers(c.env.DB, actor, filter),
  ]);
  return listed(c, actor, rows, { page, total });
}

async function listed(
  c: Call,
  actor: Actor,
  rows: readonly CustomerRow[],
  { page, total }: { page: ReturnType<typeof askedPage>; total: number },
): Promise<Response> {
  const shown = await shownCustomers(c.env, actor, rows);
  return c.json({ customers: [...shown.values()], meta: metaOf(page, total) });
}

async function findOne(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "documents.read");
  return reply(c, actor, await customerCalled(c.env, actor, id));
}

/** What Lago has below a customer. */
const PARTS = [
  "applied_coupons",
  "checkout_url",
  "credit_notes",
  "payment_methods",
  "payment_requests",
  "payments",
  "portal_url",
  "projected_usage",
  "wallets",
];

export const customerRoutes: readonly Route[] = [
  { method: "POST", path: /^\/customers$/, answer: putCustomer },
  { method: "GET", path: /^\/customers$/, answer: listAll },
  { method: "GET", path: itself("customers", PARTS), answer: findOne },
];
