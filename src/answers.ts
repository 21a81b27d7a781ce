/**
 * How each writing operation answers once more where its first answer was not kept: from what can
 * be read of the thing that it made or changed, and from what its batch kept as shown only once.
 */
import { Hono } from "hono";
import type { AppEnv } from "./accounts/actor/actor.ts";
import type { Operations } from "./accounts/guard/idempotent.ts";
import type { Essentials } from "./platform/db/once.ts";
import { MAX_PAGE } from "./platform/http/http.ts";

/** What was asked: the path, the query with its `?`, the body. */
type Asked = {
  path: string;
  query: string;
  body: Record<string, unknown>;
};

type Source =
  /** What a GET operation shows, without what only it shows. */
  | { status: number; read: (asked: Asked, made: string) => string; without?: readonly string[] }
  /** An entry of a list. */
  | { status: number; among: (asked: Asked) => string; by: string }
  /** Nothing but what was kept, or nothing at all. */
  | { status: number }
  /** Not answered from what was kept: running it again does nothing twice, for this reason. */
  | { repeats: string };

const same = { status: 200, read: ({ path }: Asked) => path };
const gone = { status: 204 };
const kept = (status: number) => ({ status });
const at = (path: string) => (_: Asked, made: string) => `${path}/${encodeURIComponent(made)}`;
const made = (path: string) => ({ status: 201, read: at(path) });
/** The thing whose sub-path was asked for. */
const ofParent = { status: 200, read: ({ path }: Asked) => path.slice(0, path.lastIndexOf("/")) };
const link = { status: 201, among: ({ path }: Asked) => `${path}s`, by: "id" };
const delivery = { status: 202, read: at("/api/webhooks/deliveries"), without: ["log"] };
const email = { status: 202, read: at("/api/emails"), without: ["html", "text", "reports"] };
const ofKeys = { status: 200, among: () => "/api/keys", by: "id" };

/** By method and path, as the API's document names them. */
export const ANSWERS: Readonly<Record<string, Source>> = {
  "POST /api/tenants": made("/api/tenants"),
  "PUT /api/tenants/{id}": { status: 200, read: at("/api/tenants") },
  "PATCH /api/tenants/{id}": { status: 200, read: at("/api/tenants") },
  "PUT /api/tenants/{id}/budgets": same,
  "POST /api/tenants/{id}/drain": { repeats: "a meter that has drained drains nothing" },
  "POST /api/failing-work/{id}/run": { repeats: "work that is done is done once" },
  "POST /api/dead-letters/{id}/run": gone,
  "DELETE /api/dead-letters/{id}": gone,
  "POST /api/ledgers/moves": { repeats: "it goes on where it stopped" },
  "POST /api/tenants/{id}/archive/run": { repeats: "it goes on where it stopped" },
  "POST /api/tenants/{id}/archive/restore": { repeats: "it goes on where it stopped" },
  "POST /api/erasures": { status: 201, among: () => "/api/erasures", by: "id" },
  "POST /api/tenants/{id}/erasure": { ...same, status: 201 },
  "DELETE /api/tenants/{id}/erasure": gone,
  "POST /api/tenant/erasure": { ...same, status: 201 },
  "DELETE /api/tenant/erasure": gone,
  "POST /api/users": made("/api/users"),
  "PATCH /api/users/{id}": same,
  "DELETE /api/users/{id}": gone,
  "POST /api/roles": made("/api/roles"),
  "PATCH /api/roles/{id}": same,
  "DELETE /api/roles/{id}": gone,
  "POST /api/keys": { status: 201, among: () => "/api/keys", by: "id" },
  "PATCH /api/keys/{id}": ofKeys,
  "POST /api/keys/{id}/take-over": ofKeys,
  "POST /api/keys/{id}/rotate": { ...ofKeys, status: 201 },
  "DELETE /api/keys/{id}": ofKeys,
  "POST /api/documents/chain/verify": { repeats: "it only reads" },
  "POST /api/audit/verify": { repeats: "it only reads, and notes how far it came" },
  "POST /api/test-clock": { repeats: "a clock that stands at the time goes on with its work" },

  "PUT /api/metrics/{name}": { repeats: "the same declaration changes nothing" },
  "PUT /api/usage/settings": { repeats: "the same settings change nothing" },
  "POST /api/usage/rules": made("/api/usage/rules"),
  "PATCH /api/usage/rules/{id}": same,
  "DELETE /api/usage/rules/{id}": gone,
  "POST /api/usage/rules/try": { repeats: "it only computes" },
  "POST /api/usage/live/ticket": { repeats: "a ticket is stored nowhere" },
  "POST /api/usage/events/{id}/void": { repeats: "an event is taken back once" },
  "POST /api/usage/imports": {
    status: 201,
    read: ({ query }, id) => `/api/usage/imports/${id}${query}`,
  },
  "POST /api/usage/imports/{id}/events": { repeats: "the first event of an id stays" },
  "POST /api/usage/imports/{id}/file/read": { repeats: "it goes on where it stopped" },
  "POST /api/usage/imports/{id}/commit": { repeats: "it goes on where it stopped" },
  "POST /api/usage/imports/{id}/revert": { repeats: "it goes on where it stopped" },

  "PUT /api/issuer": same,
  "POST /api/customers": { ...made("/api/customers"), without: ["balances"] },
  "PATCH /api/customers/{id}": { ...same, without: ["balances"] },
  "POST /api/customers/{id}/refund-balance": {
    status: 201,
    among: ({ path }) => path.replace(/refund-balance$/, "balance-transactions"),
    by: "id",
  },
  "POST /api/items": made("/api/items"),
  "PATCH /api/items/{id}": same,
  "DELETE /api/items/{id}": gone,
  "POST /api/recurring-invoices": made("/api/recurring-invoices"),
  "PATCH /api/recurring-invoices/{id}": same,
  "DELETE /api/recurring-invoices/{id}": gone,
  "PUT /api/branding": same,
  "DELETE /api/branding/logo": ofParent,
  "POST /api/invoices": made("/api/invoices"),
  "PATCH /api/invoices/{id}": same,
  "DELETE /api/invoices/{id}/attachments/{name}": gone,
  "POST /api/invoices/{id}/finalize": ofParent,
  "POST /api/invoices/{id}/duplicate": made("/api/invoices"),
  "POST /api/invoices/{id}/void": ofParent,
  "POST /api/invoices/{id}/credit": made("/api/credit-notes"),
  "POST /api/invoices/{id}/payments": { status: 201, among: ({ path }) => path, by: "id" },
  "POST /api/invoices/{id}/apply-balance": {
    status: 201,
    among: ({ path }) => path.replace(/apply-balance$/, "payments"),
    by: "id",
  },
  "POST /api/invoices/{id}/link": link,
  "DELETE /api/invoices/{id}/links/{link}": gone,
  "POST /api/invoices/{id}/send": email,
  "POST /api/quotes": made("/api/quotes"),
  "PATCH /api/quotes/{id}": same,
  "DELETE /api/quotes/{id}/attachments/{name}": gone,
  "POST /api/quotes/{id}/finalize": ofParent,
  "POST /api/quotes/{id}/duplicate": made("/api/quotes"),
  "POST /api/quotes/{id}/void": ofParent,
  "POST /api/quotes/{id}/accept": ofParent,
  "POST /api/quotes/{id}/reject": ofParent,
  "POST /api/quotes/{id}/convert": made("/api/invoices"),
  "POST /api/quotes/{id}/link": link,
  "DELETE /api/quotes/{id}/links/{link}": gone,
  "POST /api/quotes/{id}/send": email,
  "POST /api/proforma-invoices": made("/api/proforma-invoices"),
  "PATCH /api/proforma-invoices/{id}": same,
  "DELETE /api/proforma-invoices/{id}/attachments/{name}": gone,
  "POST /api/proforma-invoices/{id}/finalize": ofParent,
  "POST /api/proforma-invoices/{id}/duplicate": made("/api/proforma-invoices"),
  "POST /api/proforma-invoices/{id}/void": ofParent,
  "POST /api/proforma-invoices/{id}/convert": made("/api/invoices"),
  "POST /api/proforma-invoices/{id}/link": link,
  "DELETE /api/proforma-invoices/{id}/links/{link}": gone,
  "POST /api/proforma-invoices/{id}/send": email,
  "POST /api/credit-notes/{id}/link": link,
  "DELETE /api/credit-notes/{id}/links/{link}": gone,
  "POST /api/credit-notes/{id}/send": email,

  "POST /api/plans": made("/api/plans"),
  "PATCH /api/plans/{plan}": same,
  "POST /api/plans/{plan}/versions": { ...ofParent, status: 201 },
  "POST /api/subscriptions": made("/api/subscriptions"),
  "PATCH /api/subscriptions/{id}": same,
  "POST /api/subscriptions/{id}/change-plan": ofParent,
  "POST /api/subscriptions/{id}/cancel": ofParent,
  "POST /api/subscriptions/{id}/resume": ofParent,
  "POST /api/subscriptions/{id}/change-zone": ofParent,
  "POST /api/subscriptions/{id}/coupons": { status: 200, among: () => "/api/coupons", by: "id" },
  "POST /api/billing/simulate": { repeats: "it only computes" },
  "POST /api/coupons": { status: 201, among: () => "/api/coupons", by: "id" },
  "POST /api/credits": {
    status: 201,
    among: ({ body }) => `/api/credits?tenant_id=${encodeURIComponent(String(body.tenant_id))}`,
    by: "id",
  },
  "PUT /api/payment-providers/{provider}": {
    status: 200,
    among: () => "/api/payment-providers",
    by: "provider",
  },
  "DELETE /api/payment-providers/{provider}": gone,
  "POST /api/unmatched-money/{id}/assign": {
    status: 201,
    among: ({ body }) => `/api/invoices/${encodeURIComponent(String(body.invoice_id))}/payments`,
    by: "id",
  },
  "POST /api/unmatched-money/{id}/dismiss": kept(200),

  "POST /api/emails/{id}/resend": {
    status: 202,
    read: ({ path }) => path.slice(0, path.lastIndexOf("/")),
    without: ["html", "text", "reports"],
  },
  "POST /api/bulk/emails": kept(200),
  "POST /api/bulk/webhook-deliveries": kept(200),
  "POST /api/bulk/usage-events": kept(200),
  "POST /api/bulk/subscriptions": kept(200),
  "POST /api/bulk/quotes": kept(200),
  "POST /api/bulk/proforma-invoices": kept(200),
  "POST /api/bulk/invoices": kept(200),
  "POST /api/bulk/credit-notes": kept(200),
  "PUT /api/email-settings": same,
  "PUT /api/alert-routes": same,
  "POST /api/suppressions": { status: 201, among: () => "/api/suppressions", by: "address" },
  "DELETE /api/suppressions/{address}": gone,
  "POST /api/webhooks/endpoints": made("/api/webhooks/endpoints"),
  "PATCH /api/webhooks/endpoints/{id}": same,
  "DELETE /api/webhooks/endpoints/{id}": gone,
  "POST /api/webhooks/endpoints/{id}/rotate-secret": kept(200),
  "POST /api/webhooks/endpoints/{id}/challenge": delivery,
  "POST /api/webhooks/endpoints/{id}/test": delivery,
  "POST /api/webhooks/endpoints/{id}/replay": kept(202),
  "POST /api/webhooks/deliveries/{id}/retry": delivery,
};

const PATTERNS = Object.entries(ANSWERS).map(([name, source]) => {
  const [method = "", path = ""] = name.split(" ");
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
  return { method, pattern, source };
});

function sourceOf({ method, path }: { method: string; path: string }): Source | undefined {
  return PATTERNS.find((one) => one.method === method && one.pattern.test(path))?.source;
}

/** Pages of a list in which an entry is looked for, newest or oldest first as it comes. */
const MAX_PAGES = 25;

/** What Idempotency-Key has to know of the operations of `routers`, which it stands before. */
export function operationsOf(routers: readonly Hono<AppEnv>[]): Operations {
  const reader = readerOf(routers);
  return {
    repeats: ({ req }) => {
      const source = sourceOf(req);
      return source !== undefined && "repeats" in source;
    },
    statusOf: ({ req }) => {
      const source = sourceOf(req);
      return source && "status" in source ? source.status : 200;
    },
    answerAgain: async (c, essentials) => {
      const source = sourceOf(c.req);
      if (!source || "repeats" in source) return null;
      const text = await c.req.text();
      const asked: Asked = {
        path: new URL(c.req.url).pathname, // escaped as it was sent
        query: new URL(c.req.url).search,
        body: text === "" ? {} : ((await c.req.json()) as Record<string, unknown>),
      };
      const read = (path: string) => reader(c, path);
      const body = await bodyOf(source, asked, essentials, read);
      if (body === undefined) return null;
      const headers = { "Content-Type": "application/json", "Idempotency-Replayed": "true" };
      return new Response(body, { status: essentials.status ?? source.status, headers });
    },
  };
}

type Read = (path: string) => Promise<string | null>;

/** The answer's text, null for one without a body, undefined where it cannot be made. */
async function bodyOf(
  source: Exclude<Source, { repeats: string }>,
  asked: Asked,
  { made, shown = {} }: Essentials,
  read: Read,
): Promise<string | null | undefined> {
  if (source.status === 204) return null;
  if ("among" in source) {
    const entry = await entryOf(source.among(asked), source.by, made, read);
    return entry && JSON.stringify({ ...entry, ...shown });
  }
  if (!("read" in source)) return JSON.stringify(shown);
  const text = await read(source.read(asked, made));
  if (text === null) return undefined;
  const hidden = source.without ?? [];
  if (hidden.length === 0 && Object.keys(shown).length === 0) return text;
  const body = Object.entries(JSON.parse(text) as Record<string, unknown>);
  const visible = Object.fromEntries(body.filter(([name]) => !hidden.includes(name)));
  return JSON.stringify({ ...visible, ...shown });
}

type Entry = Record<string, unknown>;

async function entryOf(
  list: string,
  by: string,
  named: string,
  read: Read,
): Promise<Entry | undefined> {
  const first = `${list}${list.includes("?") ? "&" : "?"}limit=${MAX_PAGE}`;
  for (let path = first, page = 0; page < MAX_PAGES; page++) {
    const text = await read(path);
    if (text === null) return undefined;
    const { data, next_cursor } = JSON.parse(text) as {
      data: Entry[];
      next_cursor?: string | null;
    };
    const entry = data.find((one) => one[by] === named);
    if (entry || !next_cursor) return entry;
    path = `${first}&cursor=${encodeURIComponent(next_cursor)}`;
  }
  return undefined;
}

/** Reads a GET operation of `routers` as whoever asks; null where it is refused. */
function readerOf(routers: readonly Hono<AppEnv>[]) {
  let api: Hono<AppEnv> | null = null;
  return async (c: Parameters<Operations["repeats"]>[0], path: string): Promise<string | null> => {
    api ??= apiOf(routers);
    const request = new Request(new URL(path, c.req.url));
    askers.set(request, c.var);
    const answer = await api.fetch(request, c.env, c.executionCtx);
    return answer.ok ? answer.text() : null;
  };
}

/** Who asks for what an answer is made again from. */
const askers = new WeakMap<Request, AppEnv["Variables"]>();

function apiOf(routers: readonly Hono<AppEnv>[]): Hono<AppEnv> {
  const api = new Hono<AppEnv>();
  api.use("*", async (inner, next) => {
    const asker = askers.get(inner.req.raw);
    if (!asker) throw new Error("an answer was asked for by nobody");
    inner.set("actor", asker.actor);
    inner.set("requestId", asker.requestId);
    inner.set("callerRequestId", asker.callerRequestId);
    await next();
  });
  // What cannot be read says so to whoever sent the request again; the refusal itself is no answer.
  api.onError((_, inner) => inner.body(null, 404));
  for (const router of routers) api.route("/", router);
  return api;
}
