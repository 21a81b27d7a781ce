/** Lago's invoices: those that the actor issued, to read and to download. */
import { and, eq, gte, inArray, lte, type SQL } from "drizzle-orm";
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { INVOICE } from "../../documents/kind/invoice.ts";
import type { DocumentKind } from "../../documents/kind/registry.ts";
import { clocksOf, readFor, type Timed } from "../../documents/lifecycle/list.ts";
import { readCustomers } from "../../documents/party/party-store.ts";
import type { Document, Listed } from "../../documents/store/row.ts";
import { countDocuments, listDocuments, matchesText } from "../../documents/store/store.ts";
import { documents } from "../../documents/store/table.ts";
import { fileAddress } from "../common/document-file.ts";
import { customerCalled, shownCustomers } from "./customer-routes.ts";
import { invalid, lacking, notAllowed } from "./errors.ts";
import { type Beside, showInvoice, showInvoiceWithFees, statusesAsked } from "./invoice.ts";
import { askedPage, metaOf, valuesIn } from "./page.ts";
import { queryOf, type Route } from "./route.ts";
import { ulidOf } from "./uuid.ts";

type Call = Context<AppEnv>;

const KIND: DocumentKind = "invoice";

/** What invoices are shown with beside their rows, by their ids. */
async function besideOf(
  c: Call,
  actor: Actor,
  timed: readonly Timed<Listed>[],
): Promise<Map<string, Beside>> {
  const ids = [...new Set(timed.map(({ row }) => row.customerId))];
  const rows = await readCustomers(c.env.DB, actor.tenantId, { ids });
  const customers = await shownCustomers(c.env, actor, rows);
  const beside = timed.map(async ({ row, nowMs }) => {
    const fileUrl = await fileAddress(c.env, row, nowMs);
    return [row.id, { customer: customers.get(row.customerId) ?? {}, fileUrl, nowMs }] as const;
  });
  return new Map(await Promise.all(beside));
}

async function listAll(c: Call): Promise<Response> {
  const actor = allow(c, "documents.read");
  const query = queryOf(c);
  return listOf(c, actor, query.get("external_customer_id") || null, query);
}

async function listOfCustomer(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "documents.read");
  return listOf(c, actor, id, queryOf(c));
}

async function listOf(
  c: Call,
  actor: Actor,
  customer: string | null,
  query: URLSearchParams,
): Promise<Response> {
  const page = askedPage(query);
  const where = and(
    eq(documents.issuer, actor.tenantId),
    customer === null
      ? undefined
      : eq(documents.customerId, (await customerCalled(c.env, actor, customer)).id),
    filteredBy(actor, query),
  );
  const filter = { kind: KIND, where };
  const [rows, total] = await Promise.all([
    listDocuments(c.env.DB, actor, {
      ...filter,
      before: null,
      limit: page.size,
      offset: page.offset,
    }),
    countDocuments(c.env.DB, actor, filter),
  ]);
  const nowOf = await clocksOf(c.env.DB, actor, rows);
  const timed = rows.map((row) => ({ row, nowMs: nowOf(row) }));
  const beside = await besideOf(c, actor, timed);
  const invoices = rows.map((row) => showInvoice(row, beside.get(row.id) as Beside));
  return c.json({ invoices, meta: metaOf(page, total) });
}

const DAY = /^\d{4}-\d\d-\d\d/;

function filteredBy(actor: Actor, query: URLSearchParams): SQL | undefined {
  const statuses = statusesAsked(valuesIn(query, "statuses"), valuesIn(query, "payment_statuses"));
  const text = query.get("search_term");
  const currency = query.get("currency");
  return and(
    inArray(documents.status, statuses),
    dayIn(query, "issuing_date_from", (day) => gte(documents.issueDate, day)),
    dayIn(query, "issuing_date_to", (day) => lte(documents.issueDate, day)),
    currency ? eq(documents.currency, currency) : undefined,
    text ? matchesText(actor, text) : undefined,
  );
}

function dayIn(query: URLSearchParams, name: string, holds: (day: string) => SQL): SQL | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const [day] = DAY.exec(text) ?? [];
  if (day === undefined) throw invalid({ [name]: ["invalid_date"] }, `${name} is a day`);
  return holds(day);
}

/** An invoice of the actor's by its UUID, its own id or its number. Errors: 404. */
async function invoiceOf(c: Call, actor: Actor, id: string): Promise<Timed<Document>> {
  const ulid = ulidOf(id);
  const timed = await readFor(c.env, actor, KIND, ulid ? `${INVOICE.idPrefix}_${ulid}` : id);
  if (timed.row.issuer !== actor.tenantId) throw lacking("invoice");
  return timed;
}

async function findOne(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "documents.read");
  return reply(c, actor, await invoiceOf(c, actor, id));
}

/** Lago makes the file and answers with its address; here it is made as it is opened. */
async function download(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "documents.read");
  const timed = await invoiceOf(c, actor, id);
  if (timed.row.number === null) {
    throw notAllowed("is_draft", "a draft has no file: finalize the invoice first");
  }
  return reply(c, actor, timed);
}

async function reply(c: Call, actor: Actor, timed: Timed<Document>): Promise<Response> {
  const beside = await besideOf(c, actor, [timed]);
  const invoice = showInvoiceWithFees(timed.row, beside.get(timed.row.id) as Beside);
  return c.json({ invoice });
}

export const invoiceRoutes: readonly Route[] = [
  { method: "GET", path: /^\/invoices$/, answer: listAll },
  { method: "GET", path: /^\/customers\/(.+)\/invoices$/, answer: listOfCustomer },
  { method: "GET", path: /^\/invoices\/([^/]+)$/, answer: findOne },
  { method: "POST", path: /^\/invoices\/([^/]+)\/download$/, answer: download },
];
