/**
 * The budgets of a tenant: what it may have, or do in a time, at most. One entry each. The operator
 * sets a tenant's own, a version of its plan may grant others, and what is left is the default.
 */
export type Budget = {
  /** What is counted, as a heading and in sentences: "API keys". */
  title: string;
  /** `bytes`, or what one of the things counted is called, in the plural. */
  unit: string;
  /** What holds unless the operator or the plan says otherwise; null for no limit. */
  limit: number | null;
  /** The highest that may be set: what the product is built for. */
  most: number;
  /** What a tenant does once it is reached, as the end of a sentence. */
  whenReached: string;
  /** True where the default is not for the operator, whose tenant has everybody's invoices. */
  sparesOperator?: boolean;
};

export const BUDGETS = {
  events_per_minute: {
    title: "Events a minute",
    unit: "events",
    limit: null,
    most: 100_000_000,
    whenReached: "send them again later",
  },
  reads_per_minute: {
    title: "Reads a minute",
    unit: "requests",
    limit: 6_000,
    most: 1_000_000,
    whenReached: "send them again as `Retry-After` says",
  },
  writes_per_minute: {
    title: "Writes a minute",
    unit: "requests",
    limit: 6_000,
    most: 1_000_000,
    whenReached: "send them again as `Retry-After` says",
  },
  metric_names: {
    title: "Metrics",
    unit: "metrics",
    limit: 20_000,
    most: 100_000,
    whenReached: "record under metrics that there are",
  },
  usage_rules: {
    title: "Usage rules",
    unit: "rules",
    limit: 200,
    most: 1_000,
    whenReached: "delete rules that are not used",
  },
  live_sockets: {
    title: "Live sockets",
    unit: "sockets",
    limit: 1_000,
    most: 4_000,
    whenReached: "close sockets that nobody watches",
  },
  api_keys: {
    title: "API keys",
    unit: "keys",
    limit: 1_000,
    most: 100_000,
    whenReached: "revoke keys that are not used",
  },
  users: {
    title: "Users",
    unit: "users",
    limit: 1_000,
    most: 100_000,
    whenReached: "remove users who left",
  },
  roles: {
    title: "Roles of its own",
    unit: "roles",
    limit: 50,
    most: 500,
    whenReached: "remove roles that nobody has",
  },
  customers: {
    title: "Customers",
    unit: "customers",
    limit: 100_000,
    most: 10_000_000,
    whenReached: "change a customer that is not needed any more",
    sparesOperator: true,
  },
  items: {
    title: "Items of the catalogue",
    unit: "items",
    limit: 5_000,
    most: 100_000,
    whenReached: "delete items that are not sold any more",
  },
  recurring_invoices: {
    title: "Recurring invoices",
    unit: "recurring invoices",
    limit: 1_000,
    most: 100_000,
    whenReached: "delete those that have ended",
  },
  open_imports: {
    title: "Imports that are not committed",
    unit: "imports",
    limit: 20,
    most: 1_000,
    whenReached: "commit imports or take them back",
  },
  stored_bytes: {
    title: "Bytes of documents and logs",
    unit: "bytes",
    limit: 1_000_000_000,
    most: 8_000_000_000,
    whenReached: "wait until old logs are dropped",
    sparesOperator: true,
  },
  webhook_endpoints: {
    title: "Webhook endpoints",
    unit: "endpoints",
    limit: 20,
    most: 100,
    whenReached: "remove endpoints that are not used",
  },
  endpoints_per_host: {
    title: "Webhook endpoints of one host",
    unit: "endpoints",
    limit: 10,
    most: 100,
    whenReached: "remove endpoints of that host",
  },
  challenges_per_hour: {
    title: "Challenges to webhook endpoints an hour",
    unit: "challenges",
    limit: 20,
    most: 1_000,
    whenReached: "ask again in the next hour",
  },
  webhook_requests_per_hour: {
    title: "Tests, retries and replays of webhooks an hour",
    unit: "requests",
    limit: 200,
    most: 100_000,
    whenReached: "replay an endpoint instead of many retries, ask again in the next hour",
  },
  deliveries_in_flight: {
    title: "Webhook deliveries in flight",
    unit: "deliveries",
    limit: 20,
    most: 1_000,
    whenReached: "the others wait their turn",
  },
  exports_per_hour: {
    title: "Exports of all data an hour",
    unit: "archives",
    limit: 60,
    most: 10_000,
    whenReached: "go on in the next hour",
  },
  erasures_per_hour: {
    title: "Erasures of persons an hour",
    unit: "erasures",
    limit: 100,
    most: 10_000,
    whenReached: "ask again in the next hour",
  },
  emails_per_hour: {
    title: "E-mails an hour",
    unit: "e-mails",
    limit: 5_000,
    most: 1_000_000,
    whenReached: "as many again wait for the next hour; send more then",
    sparesOperator: true,
  },
} as const satisfies Record<string, Budget>;

export type BudgetName = keyof typeof BUDGETS;
export const BUDGET_NAMES = Object.keys(BUDGETS) as BudgetName[];

/** What the operator set, or a plan's version grants, by name; budgets that are missing stay. */
export type BudgetValues = { readonly [Name in BudgetName]?: number };

/** A budget by its name, with the type that all of them share. */
export function budgetNamed(name: BudgetName): Budget {
  return BUDGETS[name];
}

/** What is full, how much it holds and what to do, for whoever is refused. */
export function reachedText(name: BudgetName, limit: number): string {
  const { title, unit, whenReached } = budgetNamed(name);
  const amount = unit === "bytes" ? `${limit} bytes` : `${limit}`;
  return `${title}: all ${amount} are in use; ${whenReached}, or ask the operator for more`;
}
