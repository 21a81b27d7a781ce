/** /v1/customers: the customers of the key's own tenant. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { changeCustomer, createCustomer, customerOf } from "../../documents/party/customer.ts";
import { customerChangeSchema, customerSchema } from "../../documents/schema/schema.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  type CustomerGiven,
  customerGiven,
  customerParam,
  newCustomerFields,
  notesAfter,
  showCustomer,
  shownId,
} from "./customer.ts";
import { besideCustomers, customersPage, findCustomer, writeNotes } from "./customer-store.ts";
import { invalid, noSuch, noSuchParam } from "./error.ts";
import { listOf, PAGE_PARAMS, type PageAsked, pageAsked } from "./list.ts";
import { insistKnown, rangeOf, textOf } from "./param.ts";
import { paramsIn } from "./request.ts";

const PATH = "/v1/customers";

/** Gives an application the routes of customers. */
export function routeCustomers(app: Hono<AppEnv>): void {
  app.post(PATH, async (c) => {
    const actor = allow(c, "documents.write");
    const given = customerGiven(await paramsIn(c));
    const fields = checked(customerSchema, newCustomerFields(given));
    const notes = notesAfter(NOTHING, given);
    const row = await createCustomer(c.env, actor, fields, (customer) =>
      saysNotes(given) ? [writeNotes(c.env.DB, customer, notes)] : [],
    );
    return c.json(await customerBody(c.env, actor, row));
  });

  app.get(PATH, async (c) => {
    const actor = allow(c, "documents.read");
    const params = await paramsIn(c);
    insistKnown(params, [...PAGE_PARAMS, "email", "created", "test_clock"]);
    const asked = pageAsked(params);
    const email = textOf(params, "email", 1_000) || null;
    const filter = { email, created: rangeOf(params, "created") };
    const page = await byOwnIds(c.env.DB, actor, asked);
    const rows = await customersPage(c.env.DB, actor.tenantId, page, filter);
    const ids = rows.map(({ id }) => id);
    const beside = await besideCustomers(c.env.DB, actor.tenantId, ids);
    const live = actor.mode === "live";
    const show = (row: CustomerRow) => showCustomer(row, { ...beside(row.id), live });
    return c.json(listOf(PATH, asked, rows, show));
  });

  app.all(`${PATH}/search`, (c) => c.notFound());

  app.get(`${PATH}/:id`, async (c) => {
    const actor = allow(c, "documents.read");
    insistKnown(await paramsIn(c), []);
    return c.json(await customerBody(c.env, actor, await named(c, actor)));
  });

  app.post(`${PATH}/:id`, async (c) => {
    const actor = allow(c, "documents.write");
    const given = customerGiven(await paramsIn(c));
    const fields = checked(customerChangeSchema, given.fields);
    const before = await named(c, actor);
    const beside = await besideCustomers(c.env.DB, actor.tenantId, [before.id]);
    const notes = notesAfter(beside(before.id).notes, given);
    const row = await changeCustomer(c.env, actor, before.id, fields, (customer) =>
      saysNotes(given) ? [writeNotes(c.env.DB, customer, notes)] : [],
    );
    return c.json(await customerBody(c.env, actor, row));
  });
}

const NOTHING = { description: null, metadata: {} };

function saysNotes({ description, metadata }: CustomerGiven): boolean {
  return description !== undefined || metadata !== undefined;
}

type Schema<T> = {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Faults };
};
type Faults = { issues: readonly { path: PropertyKey[]; message: string }[] };

/** Fields as their own schema takes them. Errors: 400 by the name that the caller gave them. */
function checked<T>(schema: Schema<T>, fields: object): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = customerParam(issue?.path ?? []);
  throw invalid(`Invalid ${param}: ${issue?.message ?? "is not valid"}`, { param });
}

async function named(c: Context<AppEnv>, actor: Actor): Promise<CustomerRow> {
  const id = c.req.param("id") ?? "";
  const row = await findCustomer(c.env.DB, actor, id);
  if (!row) throw noSuch("customer", id);
  return row;
}

/** The page by the customers' own ids. Errors: 400 for a customer that is none. */
async function byOwnIds(db: D1Database, actor: Actor, asked: PageAsked): Promise<PageAsked> {
  const own = async (param: "starting_after" | "ending_before", id: string | null) => {
    if (id === null) return null;
    const row = await findCustomer(db, actor, id);
    if (!row) throw noSuchParam("customer", param, id);
    return row.id;
  };
  return {
    ...asked,
    after: await own("starting_after", asked.after),
    before: await own("ending_before", asked.before),
  };
}

/** A customer as it is answered. */
async function customerBody(env: Env, actor: Actor, row: CustomerRow) {
  const beside = await besideCustomers(env.DB, actor.tenantId, [row.id]);
  return showCustomer(row, { ...beside(row.id), live: actor.mode === "live" });
}

/** A customer that a request made or changed, as it was answered. */
export async function answeredCustomer(env: Env, actor: Actor, id: string) {
  return customerBody(env, actor, await customerOf(env, actor, id));
}

/** The id by which a customer is known, of one that a parameter names. Errors: 400. */
export async function customerNamed(
  db: D1Database,
  actor: Actor,
  name: string,
): Promise<{ id: string; shown: string }> {
  const row = await findCustomer(db, actor, name);
  if (!row) throw noSuchParam("customer", "customer", name);
  return { id: row.id, shown: shownId(row) };
}
