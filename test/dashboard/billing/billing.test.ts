import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";
import { type Browser, fieldsOn, signedIn } from "../browser.ts";

let operator: Browser;
let api: string;
beforeAll(async () => {
  api = await operatorKey();
  operator = await signedIn(api);
});

let plans = 0;
/** A plan that is made by its form; answers its code. */
async function planMade(fields: Record<string, string> = {}): Promise<string> {
  const code = `FORM-${++plans}`;
  const made = await operator.submit("/dashboard/billing/plans/new", "/dashboard/billing/plans", {
    "/code": code,
    "/name": "Formed",
    "/currency": "EUR",
    "/base_price_monthly": "79",

    "/prices/0/metric_name": "api_calls",
    "/prices/0/included_quantity": "5000",

    "/prices/0/model": "per_unit",
    "/prices/0/unit_price": "0.0005",

    "/prices/2/metric_name": "storage_gb",
    "/prices/2/model": "graduated",

    "/prices/2/tiers/0/up_to": "10",
    "/prices/2/tiers/0/unit_price": "0.2",

    "/prices/2/tiers/1/unit_price": "0.1",
    "/prices/2/alert_thresholds": "50, 100",
    ...fields,
  });
  expect([made.status, made.location]).toEqual([
    303,
    `/dashboard/billing/plans/${code}?done=created`,
  ]);
  return code;
}

describe("a plan", () => {
  it("is made, shown with its prices and limits, and changed by a new version", async () => {
    const code = await planMade();
    const { body } = await call(api, "GET", `/api/plans/${code}`);
    expect(body.version).toMatchObject({
      currency: "EUR",
      base_price_monthly: 79,
      base_price_yearly: null,
      prices: [
        { metric_name: "api_calls", unit_price: 0.0005, alert_thresholds: [80, 90, 100, 110] },
        { metric_name: "storage_gb", alert_thresholds: [50, 100] },
      ],
    });
    const { text } = await operator.get(`/dashboard/billing/plans/${code}`);
    expect(text).toContain("€79.00");
    expect(text).toContain("graduated: up to 10 €0.20, beyond €0.10");
    const path = `/dashboard/billing/plans/${code}/edit`;
    const fields = fieldsOn((await operator.get(path)).text);
    const changed = await operator.post(path, { ...fields, "/base_price_monthly": "89.50" });
    expect([changed.status, changed.text]).toEqual([303, ""]);
    const next = (await call(api, "GET", `/api/plans/${code}`)).body.version;
    const rest = { id: "", version: 0, created_at: "", base_price_monthly: 89.5 };
    expect({ ...next, ...rest }).toEqual({ ...body.version, ...rest });
    expect([next.version, next.base_price_monthly]).toEqual([2, 89.5]);
  });

  it("has a price for each cycle, shown where it has one", async () => {
    const code = await planMade({ "/base_price_weekly": "19", "/base_price_half_yearly": "420" });
    const { body } = await call(api, "GET", `/api/plans/${code}`);
    expect(body.version).toMatchObject({
      base_price_weekly: 19,
      base_price_monthly: 79,
      base_price_quarterly: null,
      base_price_half_yearly: 420,
    });
    const { text } = await operator.get(`/dashboard/billing/plans/${code}`);
    expect(text).toMatch(/A week.*€19\.00.*A month.*€79\.00.*A half-year.*€420\.00.*A year/s);
    expect(text).not.toContain("A quarter");
    const { text: form } = await operator.get("/dashboard/billing/subscriptions/new");
    expect(form).toContain('<option value="monthly" selected="">monthly</option>');
    const tenant = await makeTenant();
    const made = await operator.submit(
      "/dashboard/billing/subscriptions/new",
      "/dashboard/billing/subscriptions",
      { "/tenant_id": tenant.tenantId, "/plan": code, "/billing_cycle": "half_yearly" },
    );
    const path = (made.location ?? "").split("?")[0] ?? "";
    const page = (await operator.get(path)).text;
    expect(page).toMatch(/half-yearly, the base price in advance.*per half-year/s);
    const own = await (await signedIn(tenant.key)).get("/dashboard/billing");
    expect(own.text).toMatch(/€420\.00.*per half-year, 1 seat/s);
  });

  it("shows each error at its field", async () => {
    const answer = await operator.submit(
      "/dashboard/billing/plans/new",
      "/dashboard/billing/plans",
      {
        "/code": "lower",
        "/name": "X",
        "/currency": "USD",

        "/prices/0/metric_name": "api_calls",
        "/prices/0/model": "package",

        "/prices/0/unit_price": "1",
      },
    );
    expect(answer.status).toBe(422);
    expect(answer.text).toMatch(/id="f-code-error">[^<]*upper case/);
  });

  it("is renamed and archived", async () => {
    const code = await planMade();
    const path = `/dashboard/billing/plans/${code}`;
    const fields = { "/name": "Renamed", "/archived": "yes" };
    expect((await operator.submit(path, path, fields)).status).toBe(303);
    const { body } = await call(api, "GET", `/api/plans/${code}`);
    expect(body).toMatchObject({ name: "Renamed", archived: true });
    const offered = await operator.get("/dashboard/billing/subscriptions/new");
    expect(offered.text).not.toContain(`value="${code}"`);
  });

  it("is read by every tenant, which gets no form to change it", async () => {
    const code = await planMade();
    const browser = await signedIn((await makeTenant()).key);
    const { status, text } = await browser.get(`/dashboard/billing/plans/${code}`);
    expect([status, text]).toEqual([200, expect.stringContaining("€79.00")]);
    expect(text).not.toContain("/edit");
    expect(text.match(/<form method="post"/g)?.length).toBe(1); // to sign out
    expect((await browser.get(`/dashboard/billing/plans/${code}/edit`)).status).toBe(403);
    expect((await browser.get("/dashboard/billing/plans/NONE")).status).toBe(404);
  });
});

/** A tenant that the operator subscribed by the form. */
async function subscribed() {
  const tenant = await makeTenant();
  const made = await operator.submit(
    "/dashboard/billing/subscriptions/new",
    "/dashboard/billing/subscriptions",
    { "/tenant_id": tenant.tenantId, "/plan": "STARTER", "/base_price": "49", "/seats": "2" },
  );
  expect([made.status, made.text]).toEqual([303, ""]);
  const path = (made.location ?? "").split("?")[0] ?? "";
  return { ...tenant, path, id: path.split("/").at(-1) ?? "" };
}

describe("a subscription", () => {
  it("is made, changed, ended and taken back by the operator", async () => {
    const { path, id, tenantId } = await subscribed();
    const read = async () => (await call(api, "GET", `/api/subscriptions/${id}`)).body;
    expect(await read()).toMatchObject({ plan: "STARTER", base_price: 49, seats: 2 });
    const listed = await operator.get(`/dashboard/billing/subscriptions?tenant_id=${tenantId}`);
    expect(listed.text).toContain(`href="${path}"`);
    const act = async (action: string, fields: Record<string, string> = {}) => {
      const answer = await operator.submit(path, `${path}/${action}`, fields);
      expect([action, answer.status, answer.text]).toEqual([action, 303, ""]);
    };
    await act("change-plan", { "/plan": "PROFESSIONAL", "/base_price": "99", "/when": "now" });
    expect(await read()).toMatchObject({ plan: "PROFESSIONAL", base_price: 99, seats: 2 });
    await act("change-zone", { "/time_zone": "Europe/Berlin" });
    expect((await read()).scheduled_zone).toMatchObject({ time_zone: "Europe/Berlin" });
    await act("cancel", { "/when": "period_end" });
    const { text } = await operator.get(path);
    expect(text).toMatch(/>ending<.*Don&#39;t cancel/s);
    await act("resume");
    expect((await read()).cancel_at).toBeNull();
  });

  it("keeps what was typed for a change that is refused", async () => {
    const { path } = await subscribed();
    const fields = { "/plan": "NONE", "/seats": "3", "/when": "now" };
    const { status, text } = await operator.submit(path, `${path}/change-plan`, fields);
    expect(status).toBe(422);
    expect(text).toMatch(/name="\/seats"[^>]*value="3"/);
    expect(text).toMatch(/<details class="card" name="change" open="">.*Change plan/s);
  });

  it("is read by its tenant, which cannot change it, and by no other tenant", async () => {
    const { path, key } = await subscribed();
    const owner = await signedIn(key);
    const { status, text } = await owner.get(path);
    expect([status, text]).toEqual([200, expect.stringContaining("$49.00")]);
    expect(text.match(/<form method="post"/g)?.length).toBe(1);
    expect((await owner.submit(path, `${path}/cancel`)).status).toBe(403);
    const other = await signedIn((await makeTenant()).key);
    expect((await other.get(path)).status).toBe(404);
    expect((await other.get("/dashboard/billing/subscriptions")).status).toBe(403);
  });
});

describe("coupons and credits", () => {
  it("are made by the operator, redeemed on a subscription, and seen by its tenant", async () => {
    const { path, key, tenantId } = await subscribed();
    const coupons = "/dashboard/billing/coupons";
    const coupon = { "/code": `C${tenantId.slice(-9).toUpperCase()}`, "/name": "Welcome" };
    const fields = { ...coupon, "/percent": "20", "/ends_at": "2099-01-01" };
    const made = await operator.submit(coupons, coupons, fields);
    expect([made.status, made.text]).toEqual([303, ""]);
    const { text } = await operator.get(coupons);
    expect(text).toMatch(new RegExp(`${coupon["/code"]}.*20 %.*1 Jan 2099`, "s"));
    const redeemed = await operator.submit(path, `${path}/coupons`, { "/code": coupon["/code"] });
    expect([redeemed.status, redeemed.text]).toEqual([303, ""]);

    const credits = "/dashboard/billing/credits";
    const given = { "/tenant_id": tenantId, "/kind": "granted", "/currency": "USD" };
    const wrong = await operator.submit(credits, credits, { ...given, "/amount": "much" });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringMatching(/id="f-amount-error">[^<]*decimal/),
    ]);
    const granted = await operator.submit(credits, credits, {
      ...given,

      "/amount": "25.50",
      "/note": "Sorry for the outage",
    });
    expect([granted.status, granted.text]).toEqual([303, ""]);
    const owner = await signedIn(key);
    const seen = await owner.get(credits);
    expect(seen.text).toMatch(/Sorry for the outage.*\$25\.50.*badge good">active/s);
    expect(seen.text.match(/<form method="post"/g)?.length).toBe(1);
    expect((await owner.submit(credits, credits, given)).status).toBe(403);
    const other = await signedIn((await makeTenant()).key);
    const asked = await other.get(`${credits}?tenant_id=${tenantId}`);
    expect(asked.text).toContain("No credit");
  });
});

describe("the tenant that the operator chose", () => {
  it("is an option of each form, however many tenants there are", async () => {
    const many = Array.from({ length: 520 }, (_, i) => `ten_0${String(i).padStart(25, "0")}`);
    await env.DB.prepare(
      `INSERT INTO tenants (id, name, mode, operator, test_clock_ms, events_per_minute, created_ms)
       SELECT value, 'Many', 'live', 0, NULL, NULL, 0 FROM json_each(?)`,
    )
      .bind(JSON.stringify(many))
      .run();
    const { tenantId } = await makeTenant({ name: "The last one" });
    const chosen = `<option value="${tenantId}" selected="">The last one</option>`;
    for (const page of ["subscriptions", "subscriptions/new", "credits"]) {
      const { text } = await operator.get(`/dashboard/billing/${page}?tenant_id=${tenantId}`);
      expect([page, text]).toEqual([page, expect.stringContaining(chosen)]);
      expect(text.match(/<option value="ten_/g)?.length).toBeGreaterThanOrEqual(500);
    }
  });
});

describe("a period", () => {
  it("is previewed, and shown with its lines and document once it is closed", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 10 });
    await record(tenant, 15, { metric_name: "quotes_generated" });
    const browser = await signedIn(tenant.key);
    const next = await browser.get("/dashboard/billing/next");
    expect(next.text).toMatch(/1[^a-z]*31 Jan 2026.*US\$12\.50/s);
    await moveTo(tenant, "2026-02-03T00:00:00Z");
    const again = await signedIn(tenant.key);
    const listed = await again.get("/dashboard/billing");
    const path = /href="(\/dashboard\/billing\/periods\/[^"]+)"/.exec(listed.text)?.[1] ?? "";
    const { text } = await again.get(path);
    expect(text).toMatch(/1[^a-z]*31 Jan 2026.*the usage ledger.*US\$2\.50/s);
    const invoice = /href="(\/dashboard\/invoices\/inv_\w+)"/.exec(text)?.[1] ?? "";
    expect((await again.get(invoice)).status).toBe(200);
    const byOperator = await operator.get(`/dashboard/billing/subscriptions/${tenant.id}`);
    expect(byOperator.text).toContain(path);
    const asked = await operator.get(`/dashboard/billing/next?tenant_id=${tenant.tenantId}`);
    expect(asked.text).toMatch(/1[^a-z]*28 Feb 2026/);
    const other = await signedIn((await makeTenant()).key);
    expect((await other.get(path)).status).toBe(404);
    const theirs = await other.get(`/dashboard/billing/next?tenant_id=${tenant.tenantId}`);
    expect(theirs.status).toBe(404);
  });
});

describe("a viewer", () => {
  it("reads all pages of billing", async () => {
    const { tenantId } = await subscribed();
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    for (const path of ["", "/plans", "/credits"]) {
      const { status, text } = await viewer.get(`/dashboard/billing${path}`);
      expect([path, status]).toEqual([path, 200]);
      expect(text.match(/<form method="post"/g)?.length).toBe(1);
    }
  });
});
