/** Every form of the dashboard: whether it asks first, can be undone, or needs neither. */
import { beforeAll, describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { dashboardRoutes } from "../../src/dashboard/routes.ts";
import { runUntil } from "../../src/schedule.ts";
import { call, keyFor, makeTenant, operatorKey } from "../support/api.ts";
import { type Estate, makeEstate, type Send } from "../support/estate.ts";
import { type Browser, signedIn } from "./browser.ts";

/** What a form sends beside its token. */
type Sent = Record<string, string>;
/** Asks what is sent; can be undone, and how; or needs neither, because of what it does. */
type Line = { asks: Sent } | { undone: string } | { neither: string };

const asks = (sent: Sent = {}): Line => ({ asks: sent });
const undone = (how: string): Line => ({ undone: how });
const neither = (because: string): Line => ({ neither: because });

const REASON = { "/reason": "Twice" };
const DRAFTED = {
  "": neither("it makes a draft"),
  "/:id/edit": undone("a draft can be changed again"),
  "/:id/duplicate": neither("it makes a draft"),
  "/:id/finalize": asks(),
  "/:id/attachments": undone("a file beside a draft can be removed"),
  "/:id/attachments/:name/remove": asks(),
  "/preview/:id?": neither("it shows and keeps nothing"),
};
const ISSUED = {
  "/bulk": neither("its page asks before, in numbers: how many of which, over how much"),
  "/:id/send": neither("its form shows to whom it goes, and is sent by its own button"),
  "/:id/link": undone("a link can be revoked"),
  "/:id/links/:link/revoke": asks(),
};

/** By path below /dashboard; of alternatives, each has its own line. */
const FORMS: Readonly<Record<string, Line>> = {
  "/sign-in": neither("it opens a session, which signing out ends"),
  "/sign-in/email": neither("it mails a link to whoever asked"),
  "/sign-in/link/:token": neither("it opens a session, which signing out ends"),
  "/sign-out": undone("by signing in"),
  "/live/ticket": neither("it opens a live view"),

  "/settings/audit/verify": neither("it only reads, and notes how far it came"),
  "/usage/events/:seq/void": asks(),
  "/usage/events/bulk": neither("its page asks before, in numbers"),
  "/usage/imports": neither("what it stages counts for nothing"),
  "/usage/imports/:id/file": neither("what it stages counts for nothing"),
  "/usage/imports/:id/look": neither("it shows how a file would be read"),
  "/usage/imports/:id/read": neither("what it stages counts for nothing"),
  "/usage/imports/:id/go-on": neither("what it stages counts for nothing"),
  "/usage/imports/:id/commit": asks(),
  "/usage/imports/:id/revert": asks(),
  "/usage/metrics": undone("a metric can be declared again as it was"),
  "/usage/unpriced/strict": undone("by the same switch"),
  "/usage/rules": undone("a rule can be disabled or deleted"),
  "/usage/rules/try": neither("it shows and keeps nothing"),
  "/usage/rules/:id": undone("a rule can be changed again"),
  "/usage/rules/:id/on": undone("by disabling it"),
  "/usage/rules/:id/off": undone("by enabling it"),
  "/usage/rules/:id/delete": asks(),
  "/alerts/routes": undone("the routes can be changed again"),

  ...below("/invoices", { ...DRAFTED, ...ISSUED }),
  "/invoices/:id/void": asks(REASON),
  "/invoices/:id/credit": asks(REASON),
  "/invoices/:id/pay": undone("a refund of the invoice takes it back"),
  "/invoices/:id/refund": asks({ "/amount": "1" }),
  "/invoices/:id/apply-balance": undone("a refund of the invoice gives it back to the balance"),
  "/invoices/:id/remind": neither("its form shows to whom it goes, and has its own button"),
  "/invoices/:id/repeat": undone("a recurring invoice can be paused and ended"),
  ...below("/quotes", { ...DRAFTED, ...ISSUED }),
  "/quotes/:id/accept": asks(),
  "/quotes/:id/reject": asks(),
  "/quotes/:id/convert": neither("it makes a draft"),
  "/quotes/:id/void": asks(REASON),
  ...below("/proforma-invoices", { ...DRAFTED, ...ISSUED }),
  "/proforma-invoices/:id/convert": neither("it makes a draft"),
  "/proforma-invoices/:id/void": asks(REASON),
  ...below("/credit-notes", ISSUED),

  "/items": undone("an item can be deleted"),
  "/items/:id": undone("an item can be changed again"),
  "/items/:id/delete": asks(),
  "/recurring-invoices/:id/pause": undone("by resuming it"),
  "/recurring-invoices/:id/resume": undone("by pausing it"),
  "/recurring-invoices/:id/delete": asks(),
  "/customers": undone("a customer can be changed, and nothing is sent"),
  "/customers/:id": undone("a customer can be changed again"),
  "/customers/:id/balance": asks({ "/amount": "1", "/currency": "USD" }),

  "/webhooks": undone("an endpoint can be removed"),
  "/webhooks/:id": undone("an endpoint can be changed again"),
  "/webhooks/:id/test": neither("it sends a test event"),
  "/webhooks/:id/challenge": neither("it asks the endpoint's owner"),
  "/webhooks/:id/replay": neither("receivers know the events by their ids"),
  "/webhooks/:id/rotate": asks(),
  "/webhooks/:id/remove": asks(),
  "/billing/subscriptions/bulk": neither("its page asks before, in numbers"),
  "/acting/stop": undone("by opening the tenant again"),
  "/tenants/:id/open": asks(),
  "/webhooks/deliveries/bulk": neither("receivers know the events by their ids"),
  "/webhooks/deliveries/:id/retry": neither("receivers know the event by its id"),
  "/emails/bulk": neither("its page asks before, in numbers"),
  "/emails/:id/resend": asks(),
  "/emails/suppressed": undone("an address can be removed from the list"),
  "/emails/suppressed/remove": asks({ "/address": "gone@forms.test" }),

  "/billing/plans": undone("a plan can be archived"),
  "/billing/plans/:plan": asks({ "/name": "Starter", "/archived": "true" }),
  "/billing/plans/:plan/edit": asks(),
  "/billing/subscriptions": undone("a subscription can be canceled"),
  "/billing/subscriptions/:id/cancel": asks(),
  "/billing/subscriptions/:id/change-plan": asks({ "/when": "now", "/seats": "2" }),
  "/billing/subscriptions/:id/change-zone": undone("a zone can be changed back"),
  "/billing/subscriptions/:id/coupons": neither("it lowers the next invoices, as its form says"),
  "/billing/subscriptions/:id/references": undone("they can be changed again"),
  "/billing/subscriptions/:id/resume": undone("by canceling it"),
  "/billing/coupons": neither("a coupon does nothing until it is redeemed"),
  "/billing/credits": asks({ "/amount": "5", "/currency": "USD", "/kind": "granted" }),

  "/settings/profile": undone("the profile can be changed again"),
  "/settings/branding": undone("the branding can be changed again"),
  "/settings/branding/logo": undone("a logo can be removed, or replaced"),
  "/settings/branding/logo/remove": asks(),
  "/settings/branding/preview": neither("it shows and keeps nothing"),
  "/settings/mail": undone("the settings can be changed again"),
  "/settings/mail/reminders": undone("the days can be changed again"),
  "/settings/payments/unmatched/:id/assign": undone("a refund of the invoice takes it back"),
  "/settings/payments/unmatched/:id/dismiss": neither("asked in payments.test.ts, where money is"),
  "/settings/payments/:provider/connect": undone("by disconnecting it"),
  "/settings/payments/:provider/disconnect": asks(),
  "/settings/data/erase": asks({ "/kind": "usage_user", "/ref": "somebody" }),
  "/settings/data/erase-tenant": asks({ "/name": "Test Ltd" }),
  "/settings/data/erase-tenant/take-back": undone("it can be asked for again"),
  "/settings/members": undone("a member can be removed"),
  "/settings/members/:id": asks({ "/name": "Ada", "/own_usage": "on" }),
  "/settings/roles": undone("a role can be changed and removed"),
  "/settings/roles/:id": undone("a role can be changed again"),
  "/settings/roles/:id/remove": asks(),
  "/settings/members/:id/role": neither("asked in members.test.ts, where it ends keys for good"),
  "/settings/members/:id/remove": asks(),
  "/settings/keys": undone("a key can be revoked"),
  "/settings/keys/:id": undone("a key can be changed again"),
  "/settings/keys/:id/rotate": asks({ "/overlap_hours": "0" }),
  "/settings/keys/:id/revoke": asks(),
  "/settings/keys/:id/take-over": asks(),

  "/tenants": neither("a tenant without a subscription costs and bills nothing"),
  "/tenants/:id": undone("the name can be changed again"),
  "/tenants/:id/budgets": undone("the budgets can be changed again"),
  "/tenants/:id/erasure": asks({ "/name": "Test Ltd" }),
  "/tenants/:id/erasure/take-back": undone("it can be asked for again"),
  "/health/work/:id/run": neither("it tries what is tried again anyway, sooner"),
  "/health/meters/:tenant/drain": neither("it does at once what is done anyway"),
  "/health/deliveries/:tenant/:id/send": neither("the receiver sees the same message's id"),
  "/health/emails/:tenant/:id/send": neither("it never left: what failed is sent, once"),
  "/dead-letters/:id/run": neither("whatever is done twice counts once"),
  "/dead-letters/:id/drop": neither("asked in dead-letters.test.ts, where one is"),
  "/clock": neither("it moves a test tenant's time alone"),
};

function below(path: string, lines: Readonly<Record<string, Line>>): Record<string, Line> {
  return Object.fromEntries(Object.entries(lines).map(([part, line]) => [path + part, line]));
}

/** The path of a route below /dashboard, a path for each of its alternatives. */
function pathsOf(route: string): string[] {
  const path = route.replace(/^\/dashboard/, "").replace(/:id\{whe_[^}]*\}/, ":id");
  const [, names] = /:action\{([^}]*)\}/.exec(path) ?? [];
  if (names === undefined) return [path];
  return names.split("|").map((name) => path.replace(/:action\{[^}]*\}/, name));
}

const routes = dashboardRoutes(runUntil).routes.filter(({ method }) => method === "POST");
const paths = [...new Set(routes.flatMap(({ path }) => pathsOf(path)))];

let estate: Estate;
let eventSeq: string;
let owner: Browser;
let operator: Browser;
beforeAll(async () => {
  const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  const operators = await operatorKey();
  const send: Send = async (as, method, path, body, type) => {
    const headers: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
    return (await call(as === "owner" ? key : operators, method, path, body, headers)).body;
  };
  estate = await makeEstate(send, tenantId, "Forms");
  // Links of each kind of document, and a quote that is still open at the tenant's own time.
  const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
  const quoted = { customer_id: estate.customers?.[0], lines };
  const { body: quote } = await call(key, "POST", "/api/quotes", quoted);
  await call(key, "POST", `/api/quotes/${quote.id}/finalize`);
  estate.quotes = [estate.quotes?.[0] ?? "", quote.id];
  for (const kind of ["invoices", "quotes", "proforma-invoices", "credit-notes"]) {
    const id = estate[kind]?.at(-1);
    const { body: link } = await call(key, "POST", `/api/${kind}/${id}/link`, {});
    estate[`${kind}/links`] = [link.id];
  }
  const { body: events } = await call(key, "GET", "/api/usage/events");
  eventSeq = String(events.data[0].event_seq);
  owner = await signedIn(await keyFor(tenantId, "owner", { mode: "test" }));
  operator = await signedIn(await keyFor(OPERATOR_TENANT, "owner"));
});

/** A path with the ids of the estate; of two documents, the first is a draft. */
function addressOf(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  const name = { usage: second, settings: second, webhooks: "endpoints", billing: second }[first];
  const ids = estate[{ members: "users" }[name ?? ""] ?? name ?? first] ?? [];
  const isDraft = /finalize|attachments|void$/.test(path) || ids.length < 2;
  const id = isDraft ? ids[0] : ids[1];
  return `/dashboard${path}`
    .replace(":id", id ?? "none")
    .replace(":name", estate.attachments?.[0] ?? "")
    .replace(":link", estate[`${first}/links`]?.[0] ?? "")
    .replace(":seq", eventSeq)
    .replace(":plan", "STARTER")
    .replace(":provider", "stripe");
}

describe("every form", () => {
  it("is on the list, and the list has no other", () => {
    expect(paths.toSorted()).toEqual(Object.keys(FORMS).toSorted());
  });

  it.each(
    Object.entries(FORMS).flatMap(([path, line]) =>
      "asks" in line ? [[path, line.asks] as const] : [],
    ),
  )("%s asks first", async (path, sent) => {
    const isOperators = /^\/(?:billing|tenants)/.test(path);
    const browser = isOperators ? operator : owner;
    const address = addressOf(path);
    const { text, status } = await browser.submit("/dashboard", address, {
      ...sent,
      confirmed: "",
    });
    expect([address, status, /data-question/.test(text)]).toEqual([address, 200, true]);
  });
});
