/**
 * A grown installation, for what pages and exports cost: a tenant with 10,001 invoices, 1,000
 * customers and 200 metrics with usage, and a hundred tenants beside it. Invoices are copies of one
 * in the database, whose triggers count them; all else is made through the API.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { type Api, apiAt } from "../scripts/lib/api.ts";
import { idFrom } from "../src/core/id.ts";
import { timeText } from "../src/core/time.ts";
import { type Product, Tenant } from "./product.ts";
import { scaled } from "./rates.ts";

const INVOICES = 10_001;
const CUSTOMERS = 1_000;
const METRICS = 200;
const TENANTS = 100;
const EMAILS = 60;
const EVENTS = 5_000;
/** Metrics that the plan prices: as many as a plan has at most. */
const PRICED = 100;
const AT_ONCE = 8;
const COPIES_A_STATEMENT = 1_000;
const DAY_MS = 86_400_000;
/** Over how many days invoices and usage lie. */
const INVOICE_DAYS = 400;
const USAGE_DAYS = 30;
const LINE = { name: "Consulting", quantity: 2, unit_price: "95.00" };

type Made = { id: string };
type Db = Product["db"];

export type Installation = {
  tenant: Tenant;
  /** A test tenant, whose clock can be moved. */
  clocked: Tenant;
  ids: Record<"customer" | "invoice" | "draft" | "tenant" | "subscription" | "email", string>;
  plan: string;
  invoices: number;
};

/** Fills the installation; `scale` below 1 makes less of all. */
export async function fillInstallation(product: Product, scale: number): Promise<Installation> {
  const operator = apiAt(product.url, product.operator);
  const plan = `PAGES-${randomUUID().slice(0, 8)}`.toUpperCase();
  await operator.call("POST", "/api/plans", {
    code: plan,
    name: "Pages",
    currency: "EUR",
    prices: Array.from({ length: PRICED }, (_, i) => ({
      metric_name: metricName(i),
      model: "per_unit",
      unit_price: "0.01",
    })),
  });
  const make = async (name: string, more = {}) => {
    const { id, key } = await operator.call<Made & { key: string }>("POST", "/api/tenants", {
      name,
      ...more,
    });
    const subscription = await operator.call<Made>("POST", "/api/subscriptions", {
      tenant_id: id,
      plan,
      base_price: 49,
    });
    return { id, subscription: subscription.id, tenant: new Tenant(product.url, { id, key }) };
  };
  await countTo(scaled(TENANTS, scale), async (i) => void (await make(`Neighbour ${i}`)));
  const made = await make("Acme");
  const { tenant, id, subscription } = made;
  const customers = await makeCustomers(tenant, scaled(CUSTOMERS, scale));
  const [customer = ""] = customers;
  const draft = await tenant.api.call<Made>("POST", "/api/invoices", invoiceFor(customer));
  const invoice = await tenant.api.call<Made>("POST", "/api/invoices", invoiceFor(customer));
  await tenant.api.call("POST", `/api/invoices/${invoice.id}/finalize`, {});
  const invoices = scaled(INVOICES, scale);
  await copyInvoice(product.db, invoice.id, customers, invoices - 1);
  const email = await sendEmails(tenant, invoice.id, scaled(EMAILS, scale));
  await recordUsage(operator, { ...made, metrics: scaled(METRICS, scale) });
  const clocked = await make("Clocked", { mode: "test" });
  const ids = { customer, invoice: invoice.id, draft: draft.id, tenant: id, subscription, email };
  return { tenant, clocked: clocked.tenant, ids, plan, invoices };
}

function invoiceFor(customer: string) {
  return { customer_id: customer, lines: [LINE, { ...LINE, name: "Hosting", quantity: 1 }] };
}

/** Does so much of something, some at once. */
async function countTo(n: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < n) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function metricName(i: number): string {
  return `metric_${String(i).padStart(3, "0")}`;
}

async function makeCustomers({ api }: Tenant, n: number): Promise<string[]> {
  await api.call("PUT", "/api/issuer", {
    legal_name: "Acme Metering GmbH",
    address: { lines: ["Musterstraße 12"], city: "Berlin", postal_code: "10115", country: "DE" },
    vat_id: "DE123456788",
  });
  const ids: string[] = [];
  await countTo(n, async (i) => {
    const { id } = await api.call<Made>("POST", "/api/customers", {
      name: `Customer ${i} Ltd`,
      email: `billing@customer-${i}.example`,
      address: { lines: ["1 High Street"], city: "London", postal_code: "SW1A 1AA", country: "GB" },
    });
    ids.push(id);
  });
  return ids;
}

/** Sends an invoice so often; answers the id of the last e-mail. */
async function sendEmails({ api }: Tenant, invoice: string, n: number): Promise<string> {
  await countTo(n, async (i) => {
    await api.call("POST", `/api/invoices/${invoice}/send`, { to: [`reader-${i}@one.example`] });
  });
  const { data } = await api.call<{ data: Made[] }>("GET", "/api/emails?limit=1");
  return data[0]?.id ?? "";
}

async function recordUsage(
  operator: Api,
  { tenant, id, metrics }: { tenant: Tenant; id: string; metrics: number },
): Promise<void> {
  await countTo(metrics, async (i) => {
    // What a plan prices is the operator's to declare.
    const path = `/api/metrics/${metricName(i)}?tenant_id=${id}`;
    await operator.call("PUT", path, { unit: "requests" });
  });
  const nowMs = Date.now();
  const items = Array.from({ length: EVENTS }, (_, i) => ({
    id: randomUUID(),
    metric_name: metricName(i % metrics),
    quantity: 1 + (i % 7),
    user_id: `user-${i % 50}`,
    timestamp: timeText(nowMs - Math.floor((i * USAGE_DAYS * DAY_MS) / EVENTS)),
  }));
  await tenant.api.call("POST", "/api/usage/events", items);
}

const STATUSES = ["paid", "paid", "paid", "open", "paid", "void", "open", "paid"];
/** What a copy has of its own: by column, how it follows from one of the objects that are given. */
const OWN: Record<string, string> = {
  id: "v.value ->> 'id'",
  number: "v.value ->> 'number'",
  sequence: "v.value ->> 'sequence'",
  status: "v.value ->> 'status'",
  customer_id: "v.value ->> 'customer'",
  issue_date: "v.value ->> 'issued'",
  due_date: "v.value ->> 'due'",
  created_ms: "v.value ->> 'created'",
  paid_minor: "iif(v.value ->> 'status' = 'paid', total_minor, 0)",
  issued_key: "NULL",
};

async function copyInvoice(
  db: Db,
  id: string,
  customers: readonly string[],
  copies: number,
): Promise<void> {
  const insertAll = await copyStatement(db, "documents", OWN, "of.id = ?1");
  const insertLines = await copyStatement(
    db,
    "document_lines",
    { document_id: "v.value ->> 'id'" },
    "of.document_id = ?1",
  );
  const nowMs = Date.now();
  const all = Array.from({ length: copies }, (_, i) => {
    const createdMs = nowMs - Math.floor((i * INVOICE_DAYS * DAY_MS) / copies);
    return {
      id: idFrom("inv", createdMs, randomBytes(10)),
      number: `COPY-${i}`,
      sequence: 100_000 + i,
      status: STATUSES[i % STATUSES.length],
      customer: customers[i % customers.length],
      issued: timeText(createdMs).slice(0, 10),
      due: timeText(createdMs + 30 * DAY_MS).slice(0, 10),
      created: createdMs,
    };
  });
  for (let at = 0; at < all.length; at += COPIES_A_STATEMENT) {
    const values = JSON.stringify(all.slice(at, at + COPIES_A_STATEMENT));
    // Lines first: those of a final document are frozen.
    await db.batch([
      db.prepare("PRAGMA defer_foreign_keys = on"),
      insertLines.bind(id, values),
      insertAll.bind(id, values),
    ]);
  }
}

/** Copies rows of a table once for each of the objects in the second parameter. */
async function copyStatement(db: Db, table: string, own: Record<string, string>, where: string) {
  const { results } = await db
    .prepare("SELECT name FROM pragma_table_info(?)")
    .bind(table)
    .all<{ name: string }>();
  const names = results.map(({ name }) => name);
  const values = names.map((name) => own[name] ?? `of."${name}"`);
  return db.prepare(
    `INSERT INTO ${table} (${names.map((name) => `"${name}"`).join()})
     SELECT ${values.join()} FROM ${table} of, json_each(?2) v WHERE ${where}`,
  );
}
