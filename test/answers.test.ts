/**
 * Each writing operation under an Idempotency-Key, whose first answer was lost between the change
 * and its keeping: the same request again changes nothing and answers as the first one did.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { ANSWERS } from "../src/answers.ts";
import { isIntake } from "../src/metering/intake/registry.ts";
import { isRecording, isUpload } from "../src/platform/http/http.ts";
import { schedule } from "../src/platform/queue/due.ts";
import { unsentEmail } from "./delivery/email/unsent.ts";
import { type Answer, call, makeTenant, operatorKey } from "./support/api.ts";
import { followUp } from "./support/follow.ts";

type World = Record<string, string>;
/** Who asks, where, with which body; a world's ids stand in braces. */
type Step = [who: "owner" | "operator", path: string, body?: unknown];

const LINES = [{ name: "Work", quantity: 2, unit_price: 5 }];
const PLAN = { currency: "USD", prices: [], base_price_monthly: 1 };
const PAST = { metric_name: "mine", quantity: 1, timestamp: "2020-01-01T00:00:00Z" };

/** In an order in which each finds what it needs; what it answers is then known by its name. */
const STEPS: [operation: string, step: Step, named?: string][] = [
  ["POST /api/tenants", ["operator", "", { name: "Another Ltd", mode: "test" }]],
  ["PATCH /api/tenants/{id}", ["operator", "/api/tenants/{tenant}", { name: "Renamed Ltd" }]],
  ["PUT /api/tenants/{id}", ["operator", "/api/tenants/{tenant}", { name: "Put Ltd" }]],
  ["PUT /api/tenants/{id}/budgets", ["operator", "/api/tenants/{tenant}/budgets", { users: 10 }]],
  ["POST /api/ledgers/moves", ["operator", "", { tenant_id: "{tenant}", ledger: 1 }]],
  ["POST /api/tenants/{id}/archive/run", ["operator", "/api/tenants/{tenant}/archive/run"]],
  [
    "POST /api/tenants/{id}/archive/restore",
    ["operator", "/api/tenants/{tenant}/archive/restore", { month: "2020-01" }],
  ],
  ["POST /api/erasures", ["owner", "", { kind: "usage_user", ref: "nobody" }]],
  [
    "POST /api/tenants/{id}/erasure",
    ["operator", "/api/tenants/{tenant}/erasure", { name: "Put Ltd" }],
  ],
  ["DELETE /api/tenants/{id}/erasure", ["operator", "/api/tenants/{tenant}/erasure"]],
  ["POST /api/tenant/erasure", ["owner", "", { name: "Put Ltd" }]],
  ["DELETE /api/tenant/erasure", ["owner", ""]],
  ["POST /api/users", ["owner", "", { email: "a@a.test", name: "A", role: "viewer" }], "user"],
  ["PATCH /api/users/{id}", ["owner", "/api/users/{user}", { name: "B" }]],
  ["POST /api/roles", ["owner", "", { name: "R", permissions: ["usage.read"] }], "role"],
  ["PATCH /api/roles/{id}", ["owner", "/api/roles/{role}", { name: "S" }]],
  ["DELETE /api/roles/{id}", ["owner", "/api/roles/{role}"]],
  ["POST /api/keys", ["owner", "", { name: "K", role: "viewer" }], "newKey"],
  ["PATCH /api/keys/{id}", ["owner", "/api/keys/{newKey}", { reads_per_minute: 60 }]],
  ["POST /api/keys/{id}/take-over", ["owner", "/api/keys/{newKey}/take-over"]],
  ["POST /api/keys/{id}/rotate", ["owner", "/api/keys/{newKey}/rotate", { overlap_hours: 1 }]],
  ["DELETE /api/keys/{id}", ["owner", "/api/keys/{newKey}"]],
  ["DELETE /api/users/{id}", ["owner", "/api/users/{user}"]],
  ["PUT /api/metrics/{name}", ["owner", "/api/metrics/mine", { unit: "B" }]],
  ["PUT /api/usage/settings", ["owner", "", { strict_metrics: false }]],
  [
    "POST /api/usage/rules",
    ["owner", "", { event_type: "made", metric_name: "made", aggregation: "count" }],
    "rule",
  ],
  ["PATCH /api/usage/rules/{id}", ["owner", "/api/usage/rules/{rule}", { active: false }]],
  ["POST /api/usage/rules/try", ["owner", "", { type: "made" }]],
  ["DELETE /api/usage/rules/{id}", ["owner", "/api/usage/rules/{rule}"]],
  ["POST /api/usage/live/ticket", ["owner", ""]],
  ["POST /api/usage/events/{id}/void", ["owner", "/api/usage/events/recorded/void"]],
  ["POST /api/usage/imports", ["owner", "", { name: "older" }], "import"],
  [
    "POST /api/usage/imports/{id}/events",
    ["owner", "/api/usage/imports/{import}/events", { events: [{ ...PAST, id: "past" }] }],
  ],
  ["POST /api/usage/imports/{id}/file/read", ["owner", "/api/usage/imports/{filed}/file/read", {}]],
  ["POST /api/usage/imports/{id}/commit", ["owner", "/api/usage/imports/{import}/commit"]],
  ["POST /api/usage/imports/{id}/revert", ["owner", "/api/usage/imports/{import}/revert"]],

  ["PUT /api/issuer", ["owner", "", { legal_name: "Owner Ltd", currency: "USD" }]],
  ["PUT /api/branding", ["owner", "", { accent: "#112233" }]],
  ["DELETE /api/branding/logo", ["owner", ""]],
  ["POST /api/customers", ["owner", "", { name: "Buyer", email: "b@a.test" }], "customer"],
  ["PATCH /api/customers/{id}", ["owner", "/api/customers/{customer}", { name: "Buyers" }]],
  [
    "POST /api/customers/{id}/refund-balance",
    ["owner", "/api/customers/{payer}/refund-balance", { amount: 1, currency: "USD" }],
  ],
  ["POST /api/invoices/{id}/apply-balance", ["owner", "/api/invoices/{owed}/apply-balance", {}]],
  ["POST /api/items", ["owner", "", { name: "Work", unit_price: 1 }], "item"],
  ["PATCH /api/items/{id}", ["owner", "/api/items/{item}", { unit_price: 2 }]],
  ["DELETE /api/items/{id}", ["owner", "/api/items/{item}"]],
  ["POST /api/invoices", ["owner", "", { customer_id: "{customer}", lines: LINES }], "invoice"],
  ["PATCH /api/invoices/{id}", ["owner", "/api/invoices/{invoice}", { notes: "thanks" }]],
  [
    "DELETE /api/invoices/{id}/attachments/{name}",
    ["owner", "/api/invoices/{draft}/attachments/a.csv"],
  ],
  [
    "POST /api/recurring-invoices",
    ["owner", "", { invoice_id: "{invoice}", interval: "month" }],
    "recurring",
  ],
  [
    "PATCH /api/recurring-invoices/{id}",
    ["owner", "/api/recurring-invoices/{recurring}", { active: false }],
  ],
  ["DELETE /api/recurring-invoices/{id}", ["owner", "/api/recurring-invoices/{recurring}"]],
  ["POST /api/invoices/{id}/duplicate", ["owner", "/api/invoices/{invoice}/duplicate"]],
  ["POST /api/invoices/{id}/finalize", ["owner", "/api/invoices/{invoice}/finalize"]],
  [
    "POST /api/invoices/{id}/payments",
    ["owner", "/api/invoices/{invoice}/payments", { amount: 1 }],
  ],
  ["POST /api/invoices/{id}/link", ["owner", "/api/invoices/{invoice}/link", {}], "link"],
  ["DELETE /api/invoices/{id}/links/{link}", ["owner", "/api/invoices/{invoice}/links/{link}"]],
  ["POST /api/invoices/{id}/send", ["owner", "/api/invoices/{invoice}/send", {}]],
  [
    "POST /api/invoices/{id}/credit",
    [
      "owner",
      "/api/invoices/{invoice}/credit",
      { reason: "late", lines: [{ position: 1, quantity: 1 }] },
    ],
    "credit",
  ],
  ["POST /api/invoices/{id}/void", ["owner", "/api/invoices/{draft}/void", { reason: "mistaken" }]],
  ["POST /api/credit-notes/{id}/link", ["owner", "/api/credit-notes/{credit}/link", {}], "link"],
  [
    "DELETE /api/credit-notes/{id}/links/{link}",
    ["owner", "/api/credit-notes/{credit}/links/{link}"],
  ],
  ["POST /api/credit-notes/{id}/send", ["owner", "/api/credit-notes/{credit}/send", {}]],
  ["POST /api/quotes", ["owner", "", { customer_id: "{customer}", lines: LINES }], "quote"],
  ["PATCH /api/quotes/{id}", ["owner", "/api/quotes/{quote}", { notes: "thanks" }]],
  [
    "DELETE /api/quotes/{id}/attachments/{name}",
    ["owner", "/api/quotes/{voided}/attachments/a.csv"],
  ],
  ["POST /api/quotes/{id}/duplicate", ["owner", "/api/quotes/{quote}/duplicate"]],
  ["POST /api/quotes/{id}/finalize", ["owner", "/api/quotes/{quote}/finalize"]],
  ["POST /api/quotes/{id}/link", ["owner", "/api/quotes/{quote}/link", {}], "link"],
  ["DELETE /api/quotes/{id}/links/{link}", ["owner", "/api/quotes/{quote}/links/{link}"]],
  ["POST /api/quotes/{id}/send", ["owner", "/api/quotes/{quote}/send", {}]],
  ["POST /api/quotes/{id}/accept", ["owner", "/api/quotes/{accepted}/accept"]],
  ["POST /api/quotes/{id}/reject", ["owner", "/api/quotes/{rejected}/reject", {}]],
  // It is still pending: accepted and converted by the same request.
  ["POST /api/quotes/{id}/convert", ["owner", "/api/quotes/{quote}/convert"]],
  ["POST /api/quotes/{id}/void", ["owner", "/api/quotes/{voided}/void"]],
  [
    "POST /api/proforma-invoices",
    ["owner", "", { customer_id: "{customer}", lines: LINES }],
    "proforma",
  ],
  [
    "PATCH /api/proforma-invoices/{id}",
    ["owner", "/api/proforma-invoices/{proforma}", { notes: "thanks" }],
  ],
  [
    "DELETE /api/proforma-invoices/{id}/attachments/{name}",
    ["owner", "/api/proforma-invoices/{discarded}/attachments/a.csv"],
  ],
  [
    "POST /api/proforma-invoices/{id}/duplicate",
    ["owner", "/api/proforma-invoices/{proforma}/duplicate"],
  ],
  [
    "POST /api/proforma-invoices/{id}/finalize",
    ["owner", "/api/proforma-invoices/{proforma}/finalize"],
  ],
  [
    "POST /api/proforma-invoices/{id}/link",
    ["owner", "/api/proforma-invoices/{proforma}/link", {}],
    "link",
  ],
  [
    "DELETE /api/proforma-invoices/{id}/links/{link}",
    ["owner", "/api/proforma-invoices/{proforma}/links/{link}"],
  ],
  [
    "POST /api/proforma-invoices/{id}/send",
    ["owner", "/api/proforma-invoices/{proforma}/send", {}],
  ],
  [
    "POST /api/proforma-invoices/{id}/convert",
    ["owner", "/api/proforma-invoices/{proforma}/convert"],
  ],
  ["POST /api/proforma-invoices/{id}/void", ["owner", "/api/proforma-invoices/{discarded}/void"]],

  ["POST /api/plans", ["operator", "", { ...PLAN, code: "{unique}", name: "New" }], "plan"],
  ["PATCH /api/plans/{plan}", ["operator", "/api/plans/{unique}", { name: "Newer" }]],
  ["POST /api/plans/{plan}/versions", ["operator", "/api/plans/{unique}/versions", PLAN]],
  ["POST /api/subscriptions", ["operator", "", { tenant_id: "{tenant}", plan: "{unique}" }], "sub"],
  [
    "POST /api/subscriptions/{id}/change-plan",
    [
      "operator",
      "/api/subscriptions/{sub}/change-plan",
      { plan: "FREE", when: "period_end", base_price: 0 },
    ],
  ],
  [
    "PATCH /api/subscriptions/{id}",
    ["operator", "/api/subscriptions/{sub}", { purchase_order: "PO-1" }],
  ],
  [
    "POST /api/subscriptions/{id}/change-zone",
    ["operator", "/api/subscriptions/{sub}/change-zone", { time_zone: "Europe/Berlin" }],
  ],
  ["POST /api/coupons", ["operator", "", { code: "{unique}", name: "C", percent: 1 }]],
  [
    "POST /api/subscriptions/{id}/coupons",
    ["operator", "/api/subscriptions/{sub}/coupons", { code: "{unique}" }],
  ],
  [
    "POST /api/subscriptions/{id}/cancel",
    ["operator", "/api/subscriptions/{sub}/cancel", { when: "period_end" }],
  ],
  ["POST /api/subscriptions/{id}/resume", ["operator", "/api/subscriptions/{sub}/resume"]],
  ["POST /api/billing/simulate", ["owner", "", { currency: "USD", prices: [], usage: [] }]],
  [
    "POST /api/credits",
    ["operator", "", { tenant_id: "{tenant}", kind: "granted", amount: 1, currency: "USD" }],
  ],
  [
    "PUT /api/payment-providers/{provider}",
    ["owner", "/api/payment-providers/stripe", { secret: "whsec_test" }],
  ],
  ["DELETE /api/payment-providers/{provider}", ["owner", "/api/payment-providers/stripe"]],
  [
    "POST /api/unmatched-money/{id}/assign",
    ["owner", "/api/unmatched-money/{money}/assign", { invoice_id: "{invoice}" }],
  ],
  ["POST /api/unmatched-money/{id}/dismiss", ["owner", "/api/unmatched-money/{lost}/dismiss"]],

  ["POST /api/bulk/invoices", ["owner", "", { act: "send", filter: { ids: "{owed}" } }]],
  ["POST /api/emails/{id}/resend", ["owner", "/api/emails/{unsent}/resend"]],
  ["POST /api/bulk/emails", ["owner", "", { act: "send_again", filter: { ids: "{unsent}" } }]],
  ["POST /api/bulk/usage-events", ["owner", "", { act: "void", filter: { ids: "seq_1" } }]],
  [
    "POST /api/bulk/subscriptions",
    ["operator", "", { act: "cancel", filter: { ids: "sub_none" } }],
  ],
  ["POST /api/bulk/webhook-deliveries", ["owner", "", { act: "retry", filter: {} }]],
  ["POST /api/bulk/quotes", ["owner", "", { act: "finalize", filter: { ids: "{rejected}" } }]],
  ["POST /api/bulk/proforma-invoices", ["owner", "", { act: "send", filter: { q: "none" } }]],
  ["POST /api/bulk/credit-notes", ["owner", "", { act: "send", filter: { ids: "{credit}" } }]],
  ["PUT /api/email-settings", ["owner", "", { send_invoices: true }]],
  ["PUT /api/alert-routes", ["owner", "", { data: [] }]],
  ["POST /api/suppressions", ["owner", "", { address: "gone@a.test" }]],
  ["DELETE /api/suppressions/{address}", ["owner", "/api/suppressions/gone@a.test"]],
  ["POST /api/webhooks/endpoints", ["owner", "", { url: "https://a.invalid/" }], "endpoint"],
  [
    "PATCH /api/webhooks/endpoints/{id}",
    ["owner", "/api/webhooks/endpoints/{endpoint}", { enabled: true }],
  ],
  [
    "POST /api/webhooks/endpoints/{id}/rotate-secret",
    ["owner", "/api/webhooks/endpoints/{endpoint}/rotate-secret", {}],
  ],
  [
    "POST /api/webhooks/endpoints/{id}/challenge",
    ["owner", "/api/webhooks/endpoints/{unproven}/challenge"],
  ],
  [
    "POST /api/webhooks/endpoints/{id}/test",
    ["owner", "/api/webhooks/endpoints/{endpoint}/test"],
    "delivery",
  ],
  [
    "POST /api/webhooks/deliveries/{id}/retry",
    ["owner", "/api/webhooks/deliveries/{delivery}/retry"],
  ],
  [
    "POST /api/webhooks/endpoints/{id}/replay",
    ["owner", "/api/webhooks/endpoints/{endpoint}/replay", { after: 0 }],
  ],
  ["DELETE /api/webhooks/endpoints/{id}", ["owner", "/api/webhooks/endpoints/{endpoint}"]],
  ["POST /api/documents/chain/verify", ["owner", "", {}]],
  ["POST /api/tenants/{id}/drain", ["operator", "/api/tenants/{tenant}/drain"]],
  ["POST /api/failing-work/{id}/run", ["operator", "/api/failing-work/{work}/run"]],
  ["POST /api/dead-letters/{id}/run", ["operator", "/api/dead-letters/{dead}/run"]],
  ["DELETE /api/dead-letters/{id}", ["operator", "/api/dead-letters/{dropped}"]],
  ["POST /api/audit/verify", ["owner", "", {}]],
  ["POST /api/test-clock", ["owner", "", { now: "2026-01-02T00:00:00Z" }]],
];

/** What of a rebuilt answer may be of a later time: what the clock ran is told to who ran it. */
const LATER: Record<string, string[]> = {
  "POST /api/test-clock": ["ran"],
  "POST /api/failing-work/{id}/run": ["next_at"],
  "POST /api/tenants/{id}/drain": ["up_to_seq"],
  "POST /api/usage/live/ticket": ["ticket", "expires_at"],
};

let world: World = {};
let ownTenant = "";
let keys: Record<Step[0], string> = { owner: "", operator: "" };

async function makeWorld(): Promise<void> {
  const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  keys = { owner: key, operator: await operatorKey() };
  ownTenant = tenantId;
  const made = async (path: string, body?: unknown): Promise<string> => {
    const answer = await call(key, "POST", path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  };
  await made("/api/usage/record", { metric_name: "mine", quantity: 1, id: "recorded" });
  const customer_id = await made("/api/customers", { name: "First" });
  const quote = async () => {
    const id = await made("/api/quotes", { customer_id, lines: LINES });
    await made(`/api/quotes/${id}/finalize`);
    return id;
  };
  const owed = async () => {
    const id = await made("/api/invoices", { customer_id, lines: LINES });
    await made(`/api/invoices/${id}/finalize`);
    return id;
  };
  await made(`/api/invoices/${await owed()}/payments`, { amount: 100 });
  await made("/api/webhooks/endpoints", { url: "https://answers.invalid/proven" });
  const filed = await made("/api/usage/imports", { name: "filed" });
  await call(key, "PUT", `/api/usage/imports/${filed}/file`, "metric_name,quantity,timestamp\n");
  world = {
    filed,
    unproven: await made("/api/webhooks/endpoints", { url: "https://answers.invalid/second" }),
    payer: customer_id,
    owed: await owed(),
    tenant: tenantId,
    unique: `ANSWERS${Date.now()}`,
    draft: await made("/api/invoices", { customer_id, lines: LINES }),
    accepted: await quote(),
    rejected: await quote(),
    voided: await made("/api/quotes", { customer_id, lines: LINES }),
    discarded: await made("/api/proforma-invoices", { customer_id, lines: LINES }),
    money: await unmatched(tenantId, 1),
    lost: await unmatched(tenantId, 2),
    unsent: await unsentEmail(tenantId),
    work: await failingWork(tenantId),
    dead: await deadLetter(tenantId, "run"),
    dropped: await deadLetter(tenantId, "dropped"),
  };
  for (const draft of [
    `invoices/${world.draft}`,
    `quotes/${world.voided}`,
    `proforma-invoices/${world.discarded}`,
  ]) {
    const path = `/api/${draft}/attachments/a.csv`;
    await call(key, "PUT", path, "a,b\n1,2\n", { "content-type": "text/csv" });
  }
}

/** Work whose verb nobody knows, so that it stays. */
async function failingWork(tenant: string): Promise<string> {
  const row = { tenant, atMs: Date.now() + 1e9, clock: "real", kind: "none", ref: tenant } as const;
  await schedule(env.DB, row).run();
  return `none:${tenant}`;
}

async function deadLetter(tenant: string, what: string): Promise<string> {
  const id = `dead_${what}_${tenant}`;
  await env.DB.prepare(
    `INSERT INTO dead_letters (id, queue, kind, tenant, at_ms, body)
     VALUES (?, 'boxcostpro-jobs-dead', 'hand-out', ?, 1, '{"kind":"hand-out","work":"none"}')`,
  )
    .bind(id, tenant)
    .run();
  return id;
}

async function unmatched(tenant: string, n: number): Promise<string> {
  const id = `unm_${tenant.slice(4)}${n}`;
  await env.DB.prepare(
    `INSERT INTO unmatched_money (id, tenant, provider, reference, amount_minor, currency, reason,
      received_ms) VALUES (?, ?, 'stripe', ?, 100, 'USD', 'no_invoice', ?)`,
  )
    .bind(id, tenant, `pi_${n}`, Date.UTC(2026, 0, 1))
    .run();
  return id;
}

const filled = (text: string) =>
  text.replace(/\{(\w+)\}/g, (_, name) => world[name] ?? `{${name}}`);

let sent = 0;

async function send(operation: string, [who, path, body]: Step, name: string): Promise<Answer> {
  const [method = "", own = ""] = operation.split(" ");
  const json = body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body)));
  return call(keys[who], method, filled(path || own), json, {
    "idempotency-key": name,
    "x-request-id": name,
    "user-agent": "answers",
  });
}

/** Writes whose audit row shows no change of a row, and why. */
const UNSHOWN: Record<string, string> = {
  "POST /api/usage/rules/try": "it only computes",
  "POST /api/documents/chain/verify": "it only reads",
  "POST /api/audit/verify": "it only reads, and the chain's head notes how far it came",
  "POST /api/usage/live/ticket": "a ticket is stored nowhere",
  "POST /api/tenants/{id}/drain": "the entry's detail says what came of it",
  "POST /api/failing-work/{id}/run": "the entry's detail says which work, of whose",
  "POST /api/dead-letters/{id}/run": "the entry's detail says which message, of whose",
  "DELETE /api/dead-letters/{id}": "as above",
  "POST /api/erasures": "what was erased is kept nowhere; erasures have a list of their own",
  "POST /api/tenants/{id}/erasure": "as above; the entry's detail says which and for when",
  "DELETE /api/tenants/{id}/erasure": "as above",
  "POST /api/tenant/erasure": "as above",
  "DELETE /api/tenant/erasure": "as above",
  "POST /api/billing/simulate": "it only computes",
  "POST /api/ledgers/moves": "a tenant's usage moves step by step, and the list says how far it is",
  "POST /api/usage/events/{id}/void": "the ledger has the event and what takes it back",
  "POST /api/usage/imports/{id}/events": "events that are kept aside; the commit is logged",
  "POST /api/usage/imports/{id}/file/read": "as above",
  "POST /api/tenants/{id}/archive/run": "events that move are in the archive's own list",
  "POST /api/tenants/{id}/archive/restore": "as above",
  "POST /api/test-clock": "the clock moves after the entry, whose detail says from when to when",
  "POST /api/webhooks/endpoints/{id}/replay": "each delivery has a row of its own",
  "POST /api/bulk/invoices": "as for e-mails",
  "POST /api/bulk/quotes": "as for e-mails",
  "POST /api/bulk/emails": "each e-mail has an entry of its own, as in all acts on many",
  "POST /api/bulk/usage-events": "as above",
  "POST /api/bulk/subscriptions": "as above",
  "POST /api/bulk/webhook-deliveries": "as above",
  "POST /api/bulk/proforma-invoices": "as above",
};

/** Writes that say here what is there already: they leave no entry. */
const SAME = [
  "POST /api/keys/{id}/take-over",
  "DELETE /api/branding/logo",
  "PATCH /api/webhooks/endpoints/{id}",
];

/** Writes of which the log shows no change here, and has an entry all the same. */
const SHOWN_SAME: Record<string, string> = {
  "POST /api/webhooks/deliveries/{id}/retry": "it is sent once more, which no column says yet",
};

/** Writes whose second time has an entry that shows no change, and why it has. */
const TWICE_SHOWN: Record<string, string> = {
  ...SHOWN_SAME,
  "PUT /api/metrics/{name}":
    "the operator's log says it of a tenant's metric, apart from the change",
  "PATCH /api/invoices/{id}": "of a document's lines the log compares the first, not all",
  "PATCH /api/quotes/{id}": "as above",
  "PATCH /api/proforma-invoices/{id}": "as above",
};

type Logged = { action: string; before: string | null; after: string | null };

/** The entries that a request left in audit logs, of whichever tenant. */
async function loggedBy(name: string): Promise<Logged[]> {
  const { results } = await env.DB.prepare(
    `SELECT action, "before", "after" FROM audit
     WHERE tenant IN (?, 'ten_operator') AND caller_request_id = ? AND user_agent = 'answers'`,
  )
    .bind(ownTenant, name)
    .all<Logged>();
  return results;
}

/** The database as it is between the change and the keeping of its answer, a minute later. */
async function loseAnswer(name: string): Promise<void> {
  const lost = "UPDATE idempotency SET status = NULL, body = ?, created_ms = created_ms - 60001";
  await env.DB.prepare(`${lost} WHERE key = ? AND essentials IS NOT NULL`).bind(null, name).run();
  const unwritten = "DELETE FROM idempotency WHERE key = ? AND essentials IS NULL";
  await env.DB.prepare(unwritten).bind(name).run();
}

/** What a change writes, by its tables, each with the column that says whose it is. */
const WRITTEN = {
  documents: "issuer",
  payments: "issuer",
  audit: "tenant",
  outbox: "tenant",
  emails: "tenant",
  webhook_deliveries: "tenant",
} as const;

function countOf(table: string, condition: string): Promise<number | null> {
  return env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`)
    .bind(ownTenant)
    .first<number>("n");
}

/** The rows of the tenant, and of the operator that acts on it. */
async function rowsOf(): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const [table, column] of Object.entries(WRITTEN)) {
    counted[table] = (await countOf(table, `${column} IN (?, 'ten_operator')`)) ?? 0;
  }
  return counted;
}

function comparable(operation: string, { status, body }: Answer) {
  const shown = { ...body };
  for (const field of LATER[operation] ?? []) delete shown[field];
  return { status, body: body && shown };
}

describe("an answer that was lost after its change", () => {
  beforeAll(makeWorld);

  it.each(STEPS)("%s is answered as at first, and done once", async (operation, step, named) => {
    const name = `lost-${++sent}`;
    const first = await send(operation, step, name);
    expect([first.status < 300, first.body?.detail], JSON.stringify(first.body)).toEqual([
      true,
      undefined,
    ]);
    if (named) world[named] = first.body.id;
    const logged = await loggedBy(name);
    const seen = logged.filter(({ before, after }) => before !== null || after !== null);
    const changed = seen.some(({ before, after }) => before !== after);
    const text = JSON.stringify(logged);
    const isShown = !(operation in UNSHOWN) && !SAME.includes(operation);
    expect(seen.length > 0, text).toBe(isShown);
    expect(changed, text).toBe(isShown && !(operation in SHOWN_SAME));
    await loseAnswer(name);
    await followUp(ownTenant);
    const before = await rowsOf();
    const again = await send(operation, step, name);
    expect(comparable(operation, again)).toEqual(comparable(operation, first));
    const source = ANSWERS[operation] ?? {};
    const after = await rowsOf();
    if ("repeats" in source) after.audit = before.audit ?? 0; // it says who asked again
    expect(after).toEqual(before);
    const replayed = again.headers.get("idempotency-replayed");
    expect(replayed).toBe("repeats" in source ? null : "true");
  });

  it("is made again for every writing operation of the API's document", async () => {
    const { body } = await call(null, "GET", "/openapi.json");
    const writing = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object)
        .map((method) => method.toUpperCase())
        .filter((method) => method !== "GET" && path.startsWith("/api/"))
        .filter((method) => !isUpload(method, path) && !isRecording(method, path))
        .filter((method) => !isIntake(method, path))
        .map((method) => `${method} ${path}`),
    );
    expect(Object.keys(ANSWERS).sort()).toEqual(writing.sort());
    expect(STEPS.map(([operation]) => operation).sort()).toEqual(writing.sort());
  });
});

describe("an act that is done twice", () => {
  beforeAll(makeWorld);

  it("has a second entry only where it changes anything again", async () => {
    const same: string[] = [];
    for (const [operation, step, named] of STEPS) {
      const { status, body } = await send(operation, step, `first-${++sent}`);
      if (named && status < 300) world[named] = body.id;
      const second = `second-${sent}`;
      await send(operation, step, second);
      const logged = await loggedBy(second);
      const isSame = logged.some(({ before, after }) => before !== null && before === after);
      if (isSame) same.push(operation);
    }
    expect(same.sort()).toEqual(Object.keys(TWICE_SHOWN).sort());
  }, 120_000);
});
