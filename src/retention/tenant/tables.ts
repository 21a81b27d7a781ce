/**
 * What becomes of each table when a tenant is erased: its rows go, in an order in which nothing is
 * left that refers to what is gone, or they stay, each with the reason. A test holds that no table
 * of either database is missing. Pure.
 */

/** Rows that go: those for which `scope` holds, with the tenant as `?1`. */
export type Gone = {
  table: string;
  /** The columns of its primary key. */
  key: readonly string[];
  scope: string;
};

const OWN = "tenant = ?1";

function own(table: string, ...key: string[]): Gone {
  return { table, key, scope: OWN };
}

/** Rows that hang on a row of another table of the tenant. */
function under(table: string, key: readonly string[], parent: string, of: string): Gone {
  return { table, key, scope: `${parent} IN (SELECT id FROM ${of} WHERE ${OWN})` };
}

const OF_A_DRAFT = "document_id IN (SELECT id FROM documents WHERE issuer = ?1 AND number IS NULL)";

/** Triggers write it when other rows go: it goes behind them. */
export const BUDGET_USE: Gone = own("budget_use", "tenant", "budget");

/** Of the control database; e-mails, documents and customers have steps of their own beside. */
export const GONE: readonly Gone[] = [
  under("webhook_attempts", ["delivery", "n"], "delivery", "webhook_deliveries"),
  own("webhook_deliveries", "id"),
  under("webhook_secrets", ["id"], "endpoint", "webhook_endpoints"),
  own("webhook_endpoints", "id"),
  own("outbox", "id"),
  under("email_reports", ["email", "address", "kind"], "email", "emails"),
  own("emails", "id"),
  own("email_settings", "tenant"),
  own("suppressions", "address", "tenant"),
  own("alert_routes", "tenant"),
  {
    table: "due",
    key: ["id"],
    scope:
      "clock = 'real' AND substr(tenant, -1) = substr(?1, -1) AND lane >= ?1 AND lane < ?1 || '!'",
  },
  { table: "due", key: ["id"], scope: "clock = 'test' AND tenant = ?1" },
  own("dead_letters", "id"),
  own("request_logs", "id"),

  under("usage_import_events", ["import_id", "id"], "import_id", "usage_imports"),
  under("usage_import_files", ["import_id"], "import_id", "usage_imports"),
  own("usage_imports", "id"),
  own("usage_refused", "id"),
  own("usage_rules", "id"),
  own("usage_announced", "tenant"),
  own("metrics", "tenant", "name"),
  own("metric_versions", "tenant"),
  own("meter_terms", "tenant"),
  own("ledger_moves", "id"),
  own("tenant_loads", "tenant"),

  under("coupon_uses", ["coupon_id", "subscription_id", "period_id"], "period_id", "periods"),
  under("credit_uses", ["credit_id", "period_id"], "period_id", "periods"),
  under("settlements", ["period_id", "seq"], "period_id", "periods"),
  under("period_lines", ["period_id", "part"], "period_id", "periods"),
  own("periods", "id"),
  own("recurring_steps", "subscription_id", "at_ms"),
  under("usage_trends", ["subscription_id"], "subscription_id", "subscriptions"),
  under("redemptions", ["coupon_id", "subscription_id"], "subscription_id", "subscriptions"),
  under("subscription_changes", ["subscription_id", "seq"], "subscription_id", "subscriptions"),
  own("granted_budgets", "tenant", "subscription", "from_ms"),
  own("lago_subscriptions", "external_id"),
  own("subscriptions", "id"),
  own("credits", "id"),
  own("unmatched_money", "id"),
  own("payment_hooks", "id"),

  own("recurring_invoices", "id"),
  {
    table: "document_links",
    key: ["id"],
    scope: "document_id IN (SELECT id FROM documents WHERE issuer = ?1)",
  },
  { table: "document_lines", key: ["document_id", "position"], scope: OF_A_DRAFT },
  own("foreign_entries", "id"),
  under("stripe_customers", ["customer_id"], "customer_id", "customers"),
  own("items", "id"),
  own("brandings", "tenant"),
  own("issuers", "tenant"),
  {
    table: "document_tallies",
    key: ["viewer", "kind", "role", "test", "status", "currency", "last_day"],
    scope: "viewer = ?1",
  },

  under("sign_in_links", ["hash"], "user_id", "users"),
  { table: "sessions", key: ["id"], scope: `${OWN} OR acting_for = ?1` },
  own("api_keys", "id"),
  own("users", "id"),
  own("roles", "id"),
  own("external_ids", "external_id"),
  own("tenant_budgets", "tenant", "budget"),
  own("hourly_use", "tenant", "budget"),
  BUDGET_USE,
];

/** A draft goes once no other document was made from it. */
export const DRAFTS: Gone = {
  table: "documents",
  key: ["id"],
  scope: `issuer = ?1 AND number IS NULL
    AND NOT EXISTS (SELECT 1 FROM documents AS later WHERE later.origin_id = documents.id)`,
};

/** A customer goes unless a document or an entry of its balance names it: then it is blanked. */
export const CUSTOMERS: Gone = {
  table: "customers",
  key: ["id"],
  scope: `tenant = ?1
    AND NOT EXISTS (SELECT 1 FROM documents WHERE customer_id = customers.id)
    AND NOT EXISTS (SELECT 1 FROM balance_transactions AS b WHERE b.customer_id = customers.id)
    AND NOT EXISTS (SELECT 1 FROM customer_balances AS b WHERE b.customer_id = customers.id)`,
};

/** What hangs on a final document, by the column that names it; it goes with it, and before. */
export const OF_DOCUMENT: readonly (readonly [table: string, column: string])[] = [
  ["balance_transactions", "invoice_id"],
  ["deposit_deductions", "invoice_id"],
  ["uncredited_parts", "invoice_id"],
  ["payments", "document_id"],
  ["document_links", "document_id"],
  ["document_seals", "document_id"],
  ["document_lines", "document_id"],
];

/** What goes behind the last document. */
export const GONE_AT_LAST: readonly Gone[] = [
  under("balance_transactions", ["id"], "customer_id", "customers"),
  under("customer_balances", ["customer_id", "currency"], "customer_id", "customers"),
  { table: "number_series", key: ["issuer", "scope", "kind", "year"], scope: "issuer = ?1" },
  own("billed_spans", "tenant", "span", "currency"),
  own("audit", "id"),
  own("audit_heads", "tenant"),
  BUDGET_USE,
];

const BOOKS = "final documents and what they were paid with stay for the years of the law";
const INSTALLATION = "the installation's own";

/** Tables of which rows stay, and why. */
export const KEPT: Readonly<Record<string, string>> = {
  tenants: "the row says that the tenant was, and when it was erased, without a name",
  tenant_erasures: "what was asked, and when",
  erasures: "ids and digests alone; by them no restore takes an erasure up again",
  usage_erasures: "as erasures",
  usage_watermarks: "the fence, which no late drain passes",
  documents: BOOKS,
  document_lines: BOOKS,
  document_seals: BOOKS,
  payments: BOOKS,
  uncredited_parts: BOOKS,
  deposit_deductions: BOOKS,
  balance_transactions: BOOKS,
  customer_balances: BOOKS,
  number_series: "numbers without gaps are shown by what comes after them",
  customers: "those whom a final document names, without what names a person",
  audit: "what was done and when, without who and what; it goes with the last document",
  audit_heads: "as audit",
  billed_spans: "the operator's own sums; they go with the last document",
  billed_months: "sums over all tenants",
  recurring_months: "sums over all tenants",
  plans: "the operator's",
  plan_versions: "the operator's",
  plan_prices: "the operator's",
  coupons: "the operator's",
  idempotency: "answers that are kept for a day, sealed under a key that there is no more",
  idempotency_days: "counts of the last days",
  audit_images: "they go with the batch that brought them",
  ledgers: INSTALLATION,
  link_keys: INSTALLATION,
  reseals: INSTALLATION,
  retention_walk: INSTALLATION,
};
