/**
 * What a tenant's data are: the tables that an export holds, in an order in which they can be put
 * back, and those that it leaves out, each with the reason.
 */

import { EMAIL_SEND } from "../../delivery/email/send.ts";
import { WEBHOOK_DELIVER } from "../../delivery/webhook/table.ts";
import { CONVERTED_KINDS, DOCUMENT_KINDS } from "../../documents/kind/registry.ts";
import { USAGE_ARCHIVE } from "../archive/retain.ts";

/** A table, the rows of it that are a tenant's (`?1`), and what hangs on each of them. */
export type Section = {
  /** The name of its files. */
  name: string;
  table: string;
  /** SQL over the table, with the tenant as `?1`. */
  scope: string;
  /** Columns by which it is read a page at a time, as an index has them. */
  key: readonly string[];
  /** Rows of a page. */
  page: number;
  children?: readonly Child[];
  /** Only its children are written: its own rows stand in another section. */
  driver?: true;
  /** It lies in the tenant's ledger. */
  ofLedger?: true;
};

/** Rows that belong to a row of another table, by its column `of`. */
export type Child = {
  table: string;
  parent: string;
  of: string;
  /** It stands before its parent: a final document takes no further lines. */
  before?: true;
  children?: readonly Child[];
};

const PAGE = 500;
const OWN = "tenant = ?1";

/** All rows of a tenant, where there are few of them. */
function own(table: string, key: readonly string[], page = PAGE): Section {
  return { name: table, table, scope: OWN, key, page };
}

/** As whom the operator's documents name the tenant. */
const LINKED = "tenant = 'ten_operator' AND linked_tenant = ?1 AND tenant <> ?1";

/** What customers have to their credit, once all is there that it came from. */
function balances(name: string, scope: string): Section {
  const children = [
    child("customer_balances", "customer_id"),
    child("balance_transactions", "customer_id"),
  ];
  return { ...own("customers", ["id"], 50), name, scope, driver: true, children };
}

const DOCUMENT_CHILDREN: readonly Child[] = [
  { table: "document_lines", parent: "document_id", of: "id", before: true },
  { table: "payments", parent: "document_id", of: "id" },
  { table: "document_links", parent: "document_id", of: "id" },
  { table: "document_seals", parent: "document_id", of: "id" },
  { table: "uncredited_parts", parent: "invoice_id", of: "id" },
  { table: "deposit_deductions", parent: "invoice_id", of: "id" },
];
/** Documents that others are made from come first. */
const KINDS = [...new Set([...CONVERTED_KINDS, ...DOCUMENT_KINDS])];

function documents(whose: "issuer" | "recipient"): Section[] {
  const scope = {
    issuer: "issuer = ?1",
    recipient: "recipient = ?1 AND number IS NOT NULL AND issuer <> ?1",
  }[whose];
  const name = { issuer: "documents", recipient: "received_documents" }[whose];
  return KINDS.map((kind) => ({
    name: `${name}_${kind}`,
    table: "documents",
    scope: `${scope} AND kind = '${kind}'`,
    key: ["id"],
    page: 20,
    children: DOCUMENT_CHILDREN,
  }));
}

const USED_VERSIONS = `SELECT version_id FROM subscription_changes WHERE subscription_id IN
  (SELECT id FROM subscriptions WHERE tenant = ?1)`;
const REDEEMED = `SELECT coupon_id FROM redemptions WHERE subscription_id IN
  (SELECT id FROM subscriptions WHERE tenant = ?1)`;

export const SECTIONS: readonly Section[] = [
  { name: "tenants", table: "tenants", scope: "id = ?1", key: ["id"], page: 1 },
  own("external_ids", ["external_id"]),
  own("roles", ["id"]),
  own("users", ["id"]),
  own("api_keys", ["id"]),
  own("metrics", ["name"]),
  own("metric_versions", ["tenant"]),
  {
    name: "plans",
    table: "plans",
    scope: `id IN (SELECT plan_id FROM plan_versions WHERE id IN (${USED_VERSIONS}))`,
    key: ["id"],
    page: 20,
    children: [
      {
        table: "plan_versions",
        parent: "plan_id",
        of: "id",
        children: [{ table: "plan_prices", parent: "version_id", of: "id" }],
      },
    ],
  },
  { name: "coupons", table: "coupons", scope: `id IN (${REDEEMED})`, key: ["id"], page: PAGE },
  own("issuers", ["tenant"]),
  own("brandings", ["tenant"]),
  { ...own("customers", ["id"]), children: [child("stripe_customers", "customer_id")] },
  {
    name: "linked_customers",
    table: "customers",
    scope: LINKED,
    key: ["id"],
    page: PAGE,
  },
  { ...own("number_series", ["scope", "kind", "year"]), scope: "issuer = ?1" },
  ...documents("issuer"),
  ...documents("recipient"),
  balances("balances", OWN),
  balances("linked_balances", LINKED),
  own("items", ["id"]),
  own("recurring_invoices", ["id"]),
  own("credits", ["id"]),
  {
    ...own("subscriptions", ["id"], 50),
    children: [
      child("subscription_changes", "subscription_id"),
      child("redemptions", "subscription_id"),
    ],
  },
  {
    ...own("periods", ["start_ms", "id"], 20),
    children: [
      child("period_lines", "period_id"),
      child("settlements", "period_id"),
      child("coupon_uses", "period_id"),
      child("credit_uses", "period_id"),
    ],
  },
  own("meter_terms", ["tenant"]),
  own("tenant_budgets", ["budget"]),
  own("granted_budgets", ["subscription", "from_ms"]),
  own("usage_rules", ["id"]),
  {
    ...own("usage_imports", ["id"], 1),
    children: [child("usage_import_files", "import_id"), child("usage_import_events", "import_id")],
  },
  own("usage_refused", ["at_ms", "id"]),
  { ...own("usage_alerts", ["window_id", "metric", "threshold", "epoch"]), ofLedger: true },
  { ...own("usage_frozen", ["window_id"], 20), ofLedger: true },
  { ...own("usage_frozen_parts", ["window_id", "part"], 5), ofLedger: true },
  own("webhook_endpoints", ["id"]),
  {
    ...own("webhook_deliveries", ["id"], 100),
    children: [child("webhook_attempts", "delivery")],
  },
  own("email_settings", ["tenant"]),
  own("alert_routes", ["tenant"]),
  {
    ...own("emails", ["id"], 20),
    scope: "tenant = ?1 AND private = 0",
    children: [child("email_reports", "email")],
  },
  own("suppressions", ["address"]),
  own("unmatched_money", ["provider", "reference"]),
  own("foreign_entries", ["kind", "name"]),
  own("lago_subscriptions", ["created_ms", "external_id"]),
  // Its heads first: they count the rows as these come, in their order, so that the chain holds.
  own("audit_heads", ["tenant"]),
  { ...own("audit", ["at_ms", "id"]), name: "audit_unnumbered", scope: `${OWN} AND seq IS NULL` },
  { ...own("audit", ["seq"]), scope: `${OWN} AND seq IS NOT NULL` },
  own("request_logs", ["id"]),
  own("outbox", ["news_seq"]),
];

/** Messages are sent from where they were made, and each installation archives by itself. */
const NOT_MOVED = [WEBHOOK_DELIVER, EMAIL_SEND, USAGE_ARCHIVE];

/** Read back after the events: what runs by itself must not run before all is there. */
export const LAST_SECTIONS: readonly Section[] = [
  {
    ...own("due", ["at_ms", "id"]),
    scope: `${OWN} AND kind NOT IN (${NOT_MOVED.map((kind) => `'${kind}'`).join(", ")})`,
  },
];

function child(table: string, parent: string): Child {
  return { table, parent, of: "id" };
}

/** Columns that are secrets, or an installation's own: read as null, and made anew. */
export const SECRET_COLUMNS: ReadonlySet<string> = new Set(["api_keys.hash"]);

/** Tables without a row of any export, and why. */
export const NOT_EXPORTED: Readonly<Record<string, string>> = {
  idempotency: "answers that are kept for a day, sealed under the caller's key",
  idempotency_days: "counts of the above",
  audit_images: "they go with the batch that brought them",
  dead_letters: "the installation's own, as its queues are",
  reseals: "the installation's own secret",
  sessions: "secrets; who moves in signs in again",
  sign_in_links: "secrets",
  link_keys: "the installation's own secret",
  webhook_secrets: "secrets; they are rotated where the endpoint is wanted",
  payment_hooks: "secrets; providers are connected anew",
  hourly_use: "what was done in the last hour",
  budget_use: "kept by triggers",
  document_tallies: "kept by triggers",
  recurring_steps: "kept by triggers",
  recurring_months: "kept by triggers, of all tenants together",
  billed_months: "kept by triggers, of all tenants together",
  billed_spans: "kept by triggers",
  usage_trends: "kept by triggers",
  usage_announced: "how far the meter told this database, and it starts anew",
  ledgers: "the installation's own",
  ledger_moves: "the installation's own",
  usage_watermarks: "made of the events",
  usage_segments: "made of the events",
  segment_quarters: "made of the events",
  rollup_tenant: "made of the events",
  rollup_level: "made of the events",
  rollup_values: "made of the events",
  series_blocks: "made of the events",
  usage_voids: "made of the events",
  usage_archives: "made of the events: an export holds those that are archived, too",
  erasures: "what is gone is not taken along",
  tenant_erasures: "the installation's own",
  usage_erasures: "as erasures",
  forgotten_objects: "where nothing lies any more",
  retention_walk: "the installation's own",
  tenant_loads: "the installation's own",
};
