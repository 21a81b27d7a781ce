import { beforeAll, describe, expect, it } from "vitest";
import { dashboardRoutes } from "../../src/dashboard/routes.ts";
import { runUntil } from "../../src/schedule.ts";
import { call, keyFor, makeTenant, operatorKey } from "../support/api.ts";
import { Browser, signedIn, tokenOn } from "./browser.ts";

const PAGES = [
  "",
  "/usage",
  "/usage?range=week&window=hour&group_by=user_id",
  "/alerts",
  "/quotes",
  "/quotes/new",
  "/invoices",
  "/invoices/new",
  "/credit-notes",
  "/proforma-invoices",
  "/proforma-invoices/new",
  "/customers",
  "/customers/new",
  "/webhooks",
  "/emails",
  "/billing",
  "/settings/branding",
  "/settings/profile",
  "/settings/mail",
  "/settings/members",
  "/settings/keys",
  "/settings/roles",
  "/settings/audit",
  "/settings/requests",
  "/settings/budgets",
  "/usage/imports",
  "/usage/metrics",
  "/usage/rules",
  "/settings/payments",
  "/alerts/routes",
  "/emails/suppressed",
  "/billing/plans",
  "/billing/plans/STARTER",
  "/billing/credits",
].map((path) => `/dashboard${path}`);
const OPERATOR_PAGES = [
  "/revenue",
  "/revenue?mode=test",
  "/tenants",
  "/tenants/erased",
  "/work",
  "/health",
  "/dead-letters",
  "/billing/coupons",
  "/billing/plans/new",
  "/billing/plans/STARTER/edit",
  "/billing/subscriptions",
  "/billing/subscriptions/new",
].map((path) => `/dashboard${path}`);

const WRITES = dashboardRoutes(runUntil)
  .routes.filter(({ method, path }) => method === "POST" && !path.startsWith("/dashboard/sign-in"))
  .map(({ path }) => path);

/** A path of a route, with ids that name something of another tenant's. */
function pathOf(route: string, ids: Record<string, string>): string {
  return route
    .replace(/:action\{(\w+)[^}]*\}/, "$1")
    .replace(/:id\?/, "")
    .replace(/:id\{whe_[^}]*\}/, ids.id ?? "whe_none")
    .replace(/:(\w+)(?:\{[^}]*\})?/g, (_, name: string) => ids[name] ?? "none")
    .replace(/\/$/, "");
}

/** It asks for each page and sends each form, twice. */
const SLOW = { timeout: 60_000 };

let browser: Browser;
let operator: Browser;
let acting: Browser;
let viewer: Browser;
beforeAll(async () => {
  const { tenantId, key } = await makeTenant();
  browser = await signedIn(key);
  viewer = await signedIn(await keyFor(tenantId, "viewer"));
  operator = await signedIn(await operatorKey());
  acting = await signedIn(await operatorKey());
  await acting.submit("/dashboard", `/dashboard/tenants/${(await makeTenant()).tenantId}/open`);
});

describe("each page", () => {
  it.each([
    ...PAGES.map((path) => [path, false] as const),
    ...OPERATOR_PAGES.map((p) => [p, true] as const),
  ])("%s is whole without a script, and holds to the strict policy", async (path, operators) => {
    const { status, text, headers } = await (operators ? operator : browser).get(path);
    expect(status).toBe(200);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(text).toMatch(/<h1>/);
    expect(text).toMatch(/<html lang="en"/);
    expect(text).not.toMatch(/<style|\sstyle="|\son\w+="|<script(?![^>]*\ssrc=)/);
    for (const form of text.match(/<form method="post".*?<\/form>/gs) ?? []) tokenOn(form);
  });

  it.each(PAGES)("%s asks whoever is not signed in to do so", async (path) => {
    const { status, location } = await new Browser().get(path);
    expect([status, location]).toEqual([303, "/dashboard/sign-in"]);
  });

  it("of the operator is refused to everybody else", async () => {
    for (const path of OPERATOR_PAGES) {
      expect((await browser.get(path)).status).toBe(403);
      expect((await acting.get(path)).status).toBe(403);
    }
  });

  it("that does not exist answers 404 as a page", async () => {
    const { status, text } = await browser.get("/dashboard/nowhere");
    expect([status, text]).toEqual([404, expect.stringContaining("<h1>No such path</h1>")]);
  });
});

describe("each form", () => {
  it("is found among the routes", () => expect(WRITES.length).toBeGreaterThan(30));

  it.each(WRITES)(
    "%s is refused without the session's token, and from another site",
    async (route) => {
      const path = pathOf(route, {});
      const token = tokenOn((await browser.get("/dashboard")).text);
      const forged = [
        await browser.post(path),
        await browser.post(path, { form_token: `${token.slice(0, -1)}x` }),
        await browser.post(path, { form_token: token }, { origin: "https://evil.test" }),
      ];
      expect(forged.map(({ status }) => status)).toEqual([403, 403, 403]);
    },
  );

  it.each(WRITES.filter((route) => !/live|sign-out|rules\/try|acting\/stop|\/open$/.test(route)))(
    "%s is refused to a viewer",
    async (route) => {
      const { status } = await viewer.submit("/dashboard", pathOf(route, {}));
      expect(status).toBe(403);
    },
  );
});

describe("a form with the session's token", () => {
  it("is refused where the browser says that another site sent it", async () => {
    const token = tokenOn((await browser.get("/dashboard")).text);
    const send = (headers: Record<string, string>) =>
      browser.post("/dashboard/customers", { form_token: token }, headers);
    expect((await send({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await send({ "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await send({ origin: "null" })).status).toBe(403);
    expect((await send({})).status).toBe(422);
  });
});

describe("another tenant's", () => {
  it("things are not found, by a tenant or by the operator acting for it", SLOW, async () => {
    const theirs = (await makeTenant()).key;
    const post = async (path: string, body: unknown) => {
      const answer = await call(theirs, "POST", path, body);
      expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 201, 202])]);
      return answer.body.id as string;
    };
    const customer = await post("/api/customers", { name: "Acme", email: "a@acme.test" });
    const lines = [{ name: "A", quantity: 1, unit_price: 1 }];
    const quote = await post("/api/quotes", { customer_id: customer, lines });
    const invoice = await post("/api/invoices", { customer_id: customer, lines });
    await post(`/api/invoices/${invoice}/finalize`, {});
    const link = await post(`/api/invoices/${invoice}/link`, {});
    const email = await post(`/api/invoices/${invoice}/send`, {});
    const endpoint = await post("/api/webhooks/endpoints", { url: "https://h.example.invalid/" });
    const delivery = await post(`/api/webhooks/endpoints/${endpoint}/test`, {});
    const person = { email: "p@acme.test", name: "P", role: "viewer" };
    const user = await post("/api/users", person);
    const key = await post("/api/keys", { name: "K", role: "viewer" });
    const imported = await post("/api/usage/imports", { name: "2020" });
    const counted = { event_type: "theirs", metric_name: "theirs", aggregation: "count" };
    const rule = await post("/api/usage/rules", counted);
    const { body: mine } = await call(theirs, "GET", "/api/tenant");
    const plan = { tenant_id: mine.id, plan: "STARTER", base_price: 9 };
    const subscribed = await call(await operatorKey(), "POST", "/api/subscriptions", plan);
    const idOf: [RegExp, string][] = [
      [/\/quotes\//, quote],
      [/\/((?:proforma-)?invoices|credit-notes)\//, invoice],
      [/\/customers\//, customer],
      [/\/deliveries\//, delivery],
      [/\/webhooks\//, endpoint],
      [/\/emails\//, email],
      [/\/members\//, user],
      [/\/keys\//, key],
      [/\/imports\//, imported],
      [/\/usage\/rules\//, rule],
      [/\/subscriptions\//, subscribed.body.id],
    ];
    const routes = dashboardRoutes(runUntil).routes.filter(
      ({ method, path }) => /:id/.test(path) && (method === "GET" || method === "POST"),
    );
    expect(routes.length).toBeGreaterThan(30);
    const fields = {
      "/reason": "x",
      "/amount": "1",
      "/to": "x@x.test",
      "/name": "X",
      "/role": "viewer",

      "/url": "https://h.example.invalid/",
      "/lines/0/name": "A",
      "/lines/0/quantity": "1",
      "/lines/0/unit_price": "1",
    };
    for (const { method, path } of routes) {
      if (path.endsWith("preview/:id?")) continue;
      const id = idOf.find(([pattern]) => pattern.test(path))?.[1] ?? "none";
      const url = pathOf(path, { id, link, n: "0" });
      const statusFor = async (who: Browser) =>
        (method === "GET" ? await who.get(url) : await who.submit("/dashboard", url, fields))
          .status;
      const isChange = method === "POST" && path.includes("/billing/subscriptions/");
      const isOpened = path.endsWith("/open");
      const isStuck = /\/(?:health|dead-letters)\//.test(path);
      const isOperators = isChange || isStuck || (path.includes("/tenants/") && !isOpened);
      const refused = isOperators ? 403 : 404;
      const statuses = [await statusFor(browser), await statusFor(acting)];
      expect([method, url, ...statuses]).toEqual([method, url, refused, refused]);
    }
  });
});

describe("files of the pages", () => {
  it("are served with their type, and answer 404 where there is none", async () => {
    const first = await new Browser().get("/dashboard/assets/dashboard.js");
    expect([first.status, first.headers.get("content-type")]).toEqual([
      200,
      expect.stringContaining("javascript"),
    ]);
    expect((await new Browser().get("/dashboard/assets/none.js")).status).toBe(404);
  });
});
