/** Rows of issuers, brandings and customers. */
import { and, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import {
  OPERATOR_TENANT,
  readTenant,
  tenantsBeginning,
} from "../../accounts/store/tenant-store.ts";
import { notFound } from "../../core/errors.ts";
import { eachOf, insistChanged, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { columnNames, sqlStatement, unpacked } from "../../platform/db/sql.ts";
import { CREDIT_NOTE } from "../kind/credit-note.ts";
import { INVOICE } from "../kind/invoice.ts";
import { QUOTE } from "../kind/quote.ts";
import {
  type Branding,
  type Customer,
  DEFAULT_BRANDING,
  type Issuer,
  OUTSIDE_SCOPE,
  type Parties,
  partyNamed,
} from "../model/party.ts";
import { matchQuery, searchText } from "../store/search.ts";
import { whileSearchable } from "../store/search-store.ts";
import { brandings, type CustomerRow, customers, issuers } from "../store/table.ts";
import { customersSeen, type Viewer } from "../store/viewer.ts";

const DEFAULT_TERMS_DAYS = 14;

/** The customers that stand for tenants, asked for inside a query on the table itself. */
const LINKED = sql.identifier("linked");
const linked = alias(customers, "linked");

/** What a tenant issues with: its profile, or until it has one its name and plain defaults. */
export async function readIssuer(db: D1Database, tenant: string, name: string): Promise<Issuer> {
  return (await readProfile(db, tenant)) ?? defaultIssuer(tenant, name);
}

async function readProfile(db: D1Database, tenant: string): Promise<Issuer | null> {
  const [row] = await rowsOfRead(ISSUER(db, { tenant }));
  if (!row) return null;
  const { updatedMs: _, ...issuer } = row;
  return issuer;
}

const ISSUER = preparedRead<"tenant", typeof issuers.$inferSelect>((queries) =>
  queries
    .select()
    .from(issuers)
    .where(eq(issuers.tenant, sql.placeholder("tenant"))),
);

/** What a tenant issues with before it says otherwise. */
export function defaultIssuer(tenant: string, name: string): Issuer {
  return {
    tenant,
    party: partyNamed(name),
    bank: null,
    timeZone: "UTC",
    currency: "USD",
    taxCurrency: null,
    language: "en",
    pageSize: null,
    paymentTermsDays: DEFAULT_TERMS_DAYS,
    tax: OUTSIDE_SCOPE,
    invoiceFormat: INVOICE.numberFormat,
    quoteFormat: QUOTE.numberFormat,
    creditNoteFormat: CREDIT_NOTE.numberFormat,
    reminderDays: [],
    payUrl: null,
    rounding: null,
    particulars: null,
    eInvoiceFormats: null,
    strict: false,
  };
}

/** The statement that writes a tenant's profile, over one that is there. */
export function writeIssuer(db: D1Database, issuer: Issuer, nowMs: number): D1PreparedStatement {
  const { tenant, ...rest } = issuer;
  const change = { ...rest, updatedMs: nowMs };
  const query = orm(db)
    .insert(issuers)
    .values({ tenant, ...change })
    .onConflictDoUpdate({ target: issuers.tenant, set: change });
  return statement(db, query);
}

/** How a tenant's documents look, or how they do by default. */
export async function readBranding(db: D1Database, tenant: string): Promise<Branding> {
  const [row] = await orm(db).select().from(brandings).where(eq(brandings.tenant, tenant));
  if (!row) return DEFAULT_BRANDING;
  const { tenant: _, updatedMs: __, ...branding } = row;
  return branding;
}

/** Changes what is given; the rest stays as it is, or as it is by default. */
export function writeBranding(
  db: D1Database,
  tenant: string,
  given: Partial<Branding>,
  nowMs: number,
): D1PreparedStatement {
  const change = { ...given, updatedMs: nowMs };
  const query = orm(db)
    .insert(brandings)
    .values({ tenant, ...DEFAULT_BRANDING, ...change })
    .onConflictDoUpdate({ target: brandings.tenant, set: change });
  return statement(db, query);
}

/** A customer of the tenant that the viewer sees, or null. */
export async function readCustomer(
  db: D1Database,
  viewer: Viewer,
  id: string,
): Promise<CustomerRow | null> {
  const [row] = await orm(db)
    .select()
    .from(customers)
    .where(and(eq(customers.id, id), eq(customers.tenant, viewer.tenantId), customersSeen(viewer)));
  return row ?? null;
}

/** A tenant's customer by the caller's own id of it, or by the tenant that it is; else null. */
export async function findCustomer(
  db: D1Database,
  tenant: string,
  by: { reference: string } | { linkedTenant: string },
): Promise<CustomerRow | null> {
  const named =
    "reference" in by
      ? eq(customers.reference, by.reference)
      : eq(customers.linkedTenant, by.linkedTenant);
  const [row] = await orm(db)
    .select()
    .from(customers)
    .where(and(eq(customers.tenant, tenant), named));
  return row ?? null;
}

/** A tenant's customers of some ids, or those that stand for some tenants; in one query. */
export function readCustomers(
  db: D1Database,
  tenant: string,
  by: { ids: readonly string[] } | { linkedTenants: readonly string[] },
): Promise<CustomerRow[]> {
  const named =
    "ids" in by
      ? inArray(customers.id, eachOf(by.ids))
      : inArray(customers.linkedTenant, eachOf(by.linkedTenants));
  return orm(db)
    .select()
    .from(customers)
    .where(and(eq(customers.tenant, tenant), named));
}

/** What a row says of its customer. */
export function customerOfRow(row: CustomerRow): Customer {
  const { search: _, searchFolded: __, revision: ___, ...kept } = row;
  const { createdMs: ____, updatedMs: _____, ...customer } = kept;
  return customer;
}

export type CustomerFilter = {
  /** Looked for in names, e-mail addresses and references, and in tenants' external ids. */
  text: string | null;
  /** The tenant that the customer is, by its id. */
  linkedTenant?: string | undefined;
  before: string | null;
  limit: number;
  /** How many are left out first; none unless given. */
  offset?: number;
};

/** A tenant's customers, newest first. */
export async function listCustomers(
  db: D1Database,
  viewer: Viewer,
  filter: CustomerFilter,
): Promise<CustomerRow[]> {
  const rows = orm(db)
    .select()
    .from(customers)
    .where(
      and(
        customersWhere(viewer, filter),
        filter.before === null ? undefined : lt(customers.id, filter.before),
      ),
    )
    .orderBy(desc(customers.id))
    .limit(filter.limit)
    .offset(filter.offset ?? 0);
  return whileSearchable(rows);
}

/** The newest customers by name alone, as a choice has them. */
export async function listCustomerNames(
  db: D1Database,
  viewer: Viewer,
  limit: number,
): Promise<Pick<CustomerRow, "id" | "name">[]> {
  const { id, name, tenant } = customers;
  const listed = sql`SELECT ${id}, ${name} FROM ${customers}
    WHERE ${and(eq(tenant, viewer.tenantId), customersSeen(viewer))}
    ORDER BY ${id} DESC LIMIT ${limit}`;
  // As one row: five hundred cost most of what a form's reads do.
  const packed = sql`SELECT json_group_array(json_array(${columnNames(id, name)})) AS packed
    FROM (${listed})`;
  const { results } = await sqlStatement(db, packed).all<{ packed: string }>();
  const rows = unpacked<[id: string, name: string]>(results).map(([id, name]) => ({ id, name }));
  // What is packed has no order that is promised.
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** How many customers of a tenant a filter holds for. */
export function countCustomers(
  db: D1Database,
  viewer: Viewer,
  filter: Pick<CustomerFilter, "text" | "linkedTenant">,
): Promise<number> {
  return whileSearchable(orm(db).$count(customers, customersWhere(viewer, filter)));
}

/** Whose customers, and which of them, are meant. */
export function customersWhere(
  viewer: Viewer,
  { text, linkedTenant }: Pick<CustomerFilter, "text" | "linkedTenant">,
): SQL | undefined {
  return and(
    eq(customers.tenant, viewer.tenantId),
    customersSeen(viewer),
    text === null ? undefined : matchesText(viewer.tenantId, text),
    linkedTenant === undefined ? undefined : eq(customers.linkedTenant, linkedTenant),
  );
}

function matchesText(tenant: string, text: string): SQL {
  const query = matchQuery(text, { text: "search", owner: "tenant" }, tenant);
  const words = sql`SELECT rowid FROM customer_search WHERE customer_search MATCH ${query}`;
  const found = tenant === OPERATOR_TENANT && text !== "" ? withTenants(words, text) : words;
  return sql`${customers}.rowid IN (${found})`;
}

/** With the operator's customers that are tenants whose external id begins with a text. */
function withTenants(rows: SQL, text: string): SQL {
  const { tenant, linkedTenant } = linked;
  const beginning = and(eq(tenant, OPERATOR_TENANT), inArray(linkedTenant, tenantsBeginning(text)));
  return sql`${rows} UNION ALL
    SELECT ${LINKED}.rowid FROM ${customers} AS ${LINKED} WHERE ${beginning}`;
}

/** The statement of a new customer; a reference that another has fails its batch. */
export function insertCustomer(
  db: D1Database,
  customer: Customer,
  nowMs: number,
): D1PreparedStatement {
  return statement(db, orm(db).insert(customers).values(newRow(customer, nowMs)));
}

function newRow(customer: Customer, nowMs: number): CustomerRow {
  const times = { createdMs: nowMs, updatedMs: nowMs };
  return { ...customer, ...searched(customer), revision: 1, ...times };
}

/** Writes a customer that was read at `revision`. Refuses the batch where it was changed since. */
export function updateCustomer(
  db: D1Database,
  customer: Customer,
  revision: number,
  nowMs: number,
): D1PreparedStatement[] {
  const { id, tenant, ...change } = customer;
  const set = {
    ...change,
    ...searched(customer),
    revision: revision + 1,
    updatedMs: nowMs,
  };
  const query = orm(db)
    .update(customers)
    .set(set)
    .where(
      and(eq(customers.id, id), eq(customers.tenant, tenant), eq(customers.revision, revision)),
    );
  return [statement(db, query), insistChanged(db)];
}

function searched({ name, email, reference }: Customer) {
  return { search: searchText([name, email, reference]), searchFolded: true };
}

/** The id of the customer that stands for a tenant among an issuer's customers. */
export function tenantCustomerId(issuerTenant: string, tenantId: string): string {
  return `cus_${issuerTenant}_${tenantId}`;
}

/** A customer of whom only the name is known. */
export function blankCustomer(id: string, tenant: string, name: string): Customer {
  return {
    id,
    tenant,
    name,
    email: null,
    party: partyNamed(name),
    shipTo: null,
    language: null,
    currency: null,
    tax: null,
    paymentTermsDays: null,
    mandate: null,
    reference: null,
    linkedTenant: null,
    particulars: null,
    eInvoiceFormat: null,
  };
}

/** Makes a subscribed tenant one of its issuer's customers; one that is there stays as it is. */
export function ensureTenantCustomer(
  db: D1Database,
  issuerTenant: string,
  tenantId: string,
  name: string,
  nowMs: number,
): D1PreparedStatement {
  const blank = blankCustomer(tenantCustomerId(issuerTenant, tenantId), issuerTenant, name);
  const customer = { ...blank, linkedTenant: tenantId };
  const query = orm(db).insert(customers).values(newRow(customer, nowMs)).onConflictDoNothing();
  return statement(db, query);
}

/**
 * Everything that a document of an issuer to a customer takes over from both. Errors: 404 for a
 * customer that is not the issuer's, or that the viewer does not see.
 */
export async function readParties(
  db: D1Database,
  issuer: Viewer,
  customerId: string,
): Promise<Parties> {
  const { tenantId: issuerTenant } = issuer;
  const [tenant, customer, branding, profile] = await Promise.all([
    readTenant(db, issuerTenant),
    readCustomer(db, issuer, customerId),
    readBranding(db, issuerTenant),
    readProfile(db, issuerTenant),
  ]);
  if (!tenant || !customer) throw notFound("customer");
  const { linkedTenant } = customer;
  const recipient = linkedTenant === null ? null : await readTenant(db, linkedTenant);
  const test = [tenant, recipient].find((party) => party?.mode === "test");
  return {
    issuer: profile ?? defaultIssuer(issuerTenant, tenant.name),
    branding,
    customer: customerOfRow(customer),
    scope: test?.id ?? "",
  };
}
