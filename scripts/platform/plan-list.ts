/** What statements may read whole, each with the reason: rows that stay few, and the rest. */

export type Reasons = {
  /** Tables that stay small, or do by the column that they are searched by first. */
  few: Readonly<Record<string, string>>;
  whole: readonly Known[];
};

type Known = {
  /** A part of its text, with one space for all that separates words, and no quotes. */
  statement: string;
  why: string;
};

const FEW_ROWS: Reasons["few"] = {
  "api_keys.tenant": "a budget: 1,000",
  "credits.tenant": "what was granted to a tenant, each by a person",
  "customer_balances.customer_id": "one for each currency",
  "document_tallies.viewer": "a row for each status and currency, and for each day of open ones",
  d1_migrations: "a row for each file of the migrations",
  "documents.origin_id": "credit notes of an invoice, or the one invoice of a quote",
  "email_reports.email": "one for each of an e-mail's addresses",
  "granted_budgets.tenant": "one for each subscription and change of its plan",
  ledgers: "the databases of usage that are bound: some hundreds at most",
  "lago_subscriptions.tenant": "100 names of a tenant's subscriptions",
  link_keys: "the installation's own, one for each time they were changed",
  "metrics.tenant": "a budget: 20,000 of a tenant's own",
  "payments.document_id": "1,000 of an invoice",
  "plan_prices.version_id": "100 of a version",
  "recurring_months.test": "one for each month, currency and kind of movement",
  "recurring_steps.test": "those of one day at most: all before are in the months",
  "redemptions.subscription_id": "one for each coupon, each redeemed by a person",
  retention_walk: "one row",
  "subscription_changes.subscription_id": "changes of one subscription, each by a person",
  "subscriptions.tenant": "those that a tenant has had",
  "usage_import_events.import_id": "50,000 of an import",
  "usage_rules.tenant": "a budget: 200",
};

const READ_WHOLE: readonly Known[] = [
  {
    statement: "instr(lower( tenants . name ), lower(?))",
    why: "the operator finds its tenants by any part of a name; a page ends at its limit",
  },
  {
    statement: "FROM usage_watermarks WHERE usage_watermarks . fenced = 0 UNION ALL",
    why: "the operator's usage over all tenants: a few rows of each",
  },
  {
    statement: "FROM usage_watermarks CROSS JOIN rollup_tenant ON",
    why: "who used most of a metric: the quarter-hours of a month, of each tenant",
  },
  {
    statement:
      "EXISTS (SELECT 1 FROM rollup_tenant WHERE rollup_tenant . tenant = usage_watermarks",
    why: "which tenants used a metric: a few rows of each tenant",
  },
  {
    statement: "EXISTS (SELECT 1 FROM metrics WHERE metrics . tenant = tenants . id",
    why: "which tenants record a metric, for a Stripe adjustment that names none: a row of each",
  },
  {
    statement: "and (+ documents . issuer = ? OR (+ documents . recipient = ?",
    why: "a list of one customer, one subscription or some words: what these leave is sorted",
  },
  {
    statement: "emails . document_id IN (SELECT documents . id",
    why: "e-mails of the documents that a confined member sees: what these leave is sorted",
  },
  {
    statement:
      "( documents . status = ? and coalesce( documents . due_date , documents . valid_until",
    why: "open documents before or after a day, sorted otherwise: out of an index that covers it",
  },
  {
    statement: "LIMIT ? ) GROUP BY 1, 2, 3, 4, 5",
    why: "what is counted ends at its limit, a thousand documents",
  },
  {
    statement: "WITH issued (n) AS MATERIALIZED (SELECT count(*)",
    why: "documents of some days, sorted otherwise: 1,000 at most; of more the order is walked",
  },
  {
    statement: "WITH counted (status, n) AS MATERIALIZED ( SELECT each.value",
    why: "what documents of some days come to, where they are a thousand at most",
  },
  {
    statement: "update outbox set relayed_ms = ? where ( outbox . handled_ms is null",
    why: "what was relayed and not handled yet, which this relays again but for the newest",
  },
  {
    statement: "SELECT body FROM usage_alerts WHERE tenant = ? ORDER BY",
    why: "a meter that lost its storage takes all of them over, once",
  },
  {
    statement: "sum( payments . amount_minor ) AS TEXT) from payments inner join documents",
    why: "what was paid this month is summed: the payments of these days",
  },
  {
    statement:
      "from documents inner join payments on payments . document_id = documents . id where",
    why: "a customer's payments: its statement is bounded at 40,000 of them",
  },
  {
    statement: "from tenants where tenants . erased_ms is null order by",
    why: "all tenants but the few that were erased: a page ends at its limit",
  },
];

/** Of D1. */
export const LEDGER: Reasons = { few: FEW_ROWS, whole: READ_WHOLE };

/** Of a meter's own storage, whose memory is made of it whenever the object starts. */
export const STORAGE: Reasons = {
  few: {
    counters: "500 rows, each of which holds many metrics",
    "filters.k": "the parts of one set's filter: a megabyte each",
    generations: "those of the seven days that a log is kept; memory has them all",
    meta: "a handful of names",
    seen_sets: "a few of each level: they are merged",
    snapshot: "the counters that memory has, cut into rows of a megabyte and a half",
  },
  whole: [
    {
      statement: "SELECT high, n, ids FROM log_",
      why: "a start reads the open generation's identities: 32,768 of them at most",
    },
    {
      statement: "SELECT key, body, pending FROM fired ORDER BY seq, key",
      why: "a start reads what fired in the windows that are not over yet",
    },
    {
      statement: "SELECT window_id FROM frozen",
      why: "a start reads which windows are frozen",
    },
    {
      statement: "UPDATE fired SET pending = 1 WHERE body IS NOT NULL AND (seq = 0 OR seq > ?)",
      why: "a ledger that was set back is told again of all that it lost",
    },
  ],
};
