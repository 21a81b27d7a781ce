/** Customers of a tenant: create, change, read, list. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import type { Tenant } from "../../accounts/store/tenant-store.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { customerFrom } from "../schema/input.ts";
import type { CustomerChange, CustomerInput } from "../schema/schema.ts";
import type { CustomerRow } from "../store/table.ts";
import { seesAllOf, seesNewCustomers, type Viewer } from "../store/viewer.ts";
import {
  blankCustomer,
  customerOfRow,
  ensureTenantCustomer,
  findCustomer,
  insertCustomer,
  readCustomer,
  tenantCustomerId,
  updateCustomer,
} from "./party-store.ts";

/** Statements about a customer that its own batch runs, too. */
export type AlsoWritten = (customer: Pick<CustomerRow, "id" | "tenant">) => D1PreparedStatement[];

/**
 * Adds a customer, in one batch with what `also` writes. Errors: 403 for whoever sees only some;
 * 409 where another customer has the reference.
 */
export async function createCustomer(
  env: Env,
  actor: Actor,
  given: CustomerInput,
  also: AlsoWritten = () => [],
): Promise<CustomerRow> {
  if (!seesNewCustomers(actor)) {
    const detail = "you see some customers alone, and would not see this one: ask who sees all";
    throw new Problem("auth.forbidden", detail);
  }
  const blank = blankCustomer(makeId("cus", actor.realMs), actor.tenantId, given.name);
  const customer = customerFrom(given, blank);
  const entry = { action: "customer.create", target: customer.id };
  await write(env, [
    insertCustomer(env.DB, customer, actor.nowMs),
    ...also(customer),
    insistRoom(env.DB, actor, "customers"),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return customerOf(env, actor, customer.id);
}

/** Makes a tenant one of the actor's customers; the one that it is already stays as it is. */
export async function tenantCustomer(
  env: Env,
  actor: Actor,
  { id: linkedTenant, name }: Pick<Tenant, "id" | "name">,
): Promise<CustomerRow> {
  const known = await findCustomer(env.DB, actor.tenantId, { linkedTenant });
  if (known) return known;
  const id = tenantCustomerId(actor.tenantId, linkedTenant);
  await commit(env.DB, [
    ensureTenantCustomer(env.DB, actor.tenantId, linkedTenant, name, actor.nowMs),
    insistRoom(env.DB, actor, "customers"),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, { action: "customer.create", target: id }, actor.realMs),
  ]);
  return customerOf(env, actor, id);
}

/**
 * Changes the given fields, in one batch with what `also` writes. Errors: 404, 409 where another
 * customer has the reference.
 */
export async function changeCustomer(
  env: Env,
  actor: Actor,
  id: string,
  given: CustomerChange,
  also: AlsoWritten = () => [],
): Promise<CustomerRow> {
  const row = await customerOf(env, actor, id);
  const customer = customerFrom(given, customerOfRow(row));
  const entry = { action: "customer.change", target: id, detail: { fields: Object.keys(given) } };
  await write(env, [
    ...updateCustomer(env.DB, customer, row.revision, actor.nowMs),
    ...also(customer),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return customerOf(env, actor, id);
}

/** A customer of the actor's by its id. Errors: 404 for any other. */
export async function customerOf(env: Env, actor: Viewer, id: string): Promise<CustomerRow> {
  const row = await readCustomer(env.DB, actor, id);
  if (!row) throw notFound("customer");
  return row;
}

/**
 * The same where the actor sees all that is addressed to it, for what adds that up. Errors: 404;
 * 403 `auth.forbidden` for whoever sees only documents of their own.
 */
export async function wholeCustomerOf(env: Env, actor: Viewer, id: string): Promise<CustomerRow> {
  const row = await customerOf(env, actor, id);
  if (seesAllOf(actor, id)) return row;
  const detail =
    "you see only your own documents, and this adds up all of the customer's: read the list of " +
    "invoices with `customer_id`";
  throw new Problem("auth.forbidden", detail);
}

async function write(env: Env, statements: D1PreparedStatement[]): Promise<void> {
  try {
    await commit(env.DB, statements);
  } catch (error) {
    if (!isUniqueViolation(error, "customers")) throw error;
    throw new Problem("resource.conflict", "another customer has this reference");
  }
}
