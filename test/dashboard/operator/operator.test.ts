import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { postpone, schedule } from "../../../src/platform/queue/due.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";
import { signedIn } from "../browser.ts";

/** The cells of the first row that holds a text, without their markup. */
function cellsOf(html: string, text: string): string[] {
  const rows = (html.match(/<tr.*?<\/tr>/gs) ?? []).filter((row) => row.includes("<td"));
  const found = rows.find((row) => row.includes(text)) ?? "";
  return (found.match(/<td.*?<\/td>/gs) ?? []).map((cell) =>
    cell.replaceAll(/<button.*?<\/button>|<[^>]+>/gs, "").trim(),
  );
}

describe("the operator", () => {
  it.each(["viewer", "member"] as const)("lets a %s read, and change nothing", async (role) => {
    const tenant = await subscriber(new Date().toISOString());
    const browser = await signedIn(await keyFor(OPERATOR_TENANT, role));
    const paths = [
      "/dashboard/revenue",
      "/dashboard/tenants",
      `/dashboard/tenants/${tenant.tenantId}`,
      "/dashboard/billing/subscriptions",
      "/dashboard/billing/coupons",
    ];
    for (const path of paths) {
      const { status, text } = await browser.get(path);
      expect([path, status]).toEqual([path, 200]);
      const forms = (text.match(/<form method="post" action="[^"]*/g) ?? [])
        .map((form) => form.split('"').at(-1) ?? "")
        // Who opens a tenant's dashboard has the same role there.
        .filter((action) => !action.endsWith("/open"));
      expect(forms).toEqual(["/dashboard/sign-out"]);
    }
    expect((await browser.get("/dashboard/billing/subscriptions/new")).status).toBe(403);
    expect((await call(tenant.key, "GET", "/api/tenants")).status).toBe(403);
  });

  it("sees what a test tenant was billed by month and plan, and who was billed most", async () => {
    const now = new Date();
    const start = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 1));
    const name = `Reported ${now.getTime()}`;
    const tenant = await subscriber(start.toISOString(), { base_price: "123456.78" });
    await renamed(tenant.tenantId, name);
    await record(tenant, 1_500);
    const closed = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 2));
    await moveTo(tenant, closed.toISOString());
    const browser = await signedIn(await operatorKey());
    const { text } = await browser.get("/dashboard/revenue?mode=test");
    // 500 beyond the 1,000 included at 0.001, and the base.
    expect(cellsOf(text, name)[2]).toBe("US$123,457.28");
    for (const [by, caption] of [
      ["month", /Top tenants, billed in \w+ \d{4}</],
      ["quarter", /Top tenants, billed in Q\d \d{4}/],
      ["12_months", /Falling tenants, billed less in 12 months to|Nobody was billed less in 12/],
    ] as const) {
      const page = await browser.get(`/dashboard/revenue?mode=test&by=${by}`);
      expect(page.text).toMatch(caption);
      expect(page.text).toContain(`by=${by}#tenants" aria-current="true"`);
    }
    expect(text).toMatch(/Billed by month and plan/);
    expect((await browser.get("/dashboard/revenue")).text).not.toContain(name);
    const read = async (mode: string) =>
      (await call(await operatorKey(), "GET", `/api/revenue?mode=${mode}`)).body.data.find(
        (report: { currency: string }) => report.currency === "USD",
      );
    const report = await read("test");
    const billed = { tenant_id: tenant.tenantId, amount: 123_457.28, previous: 0 };
    expect(report.top_tenants).toContainEqual(billed);
    expect(report.movements).toHaveLength(12);
    expect(report.mrr).toBe(report.movements.at(-1).end);
    expect(report.mrr).toBeGreaterThanOrEqual(123_456.78);
    expect(JSON.stringify((await read("live")) ?? null)).not.toContain(tenant.tenantId);
  });

  it("sees the usage of all tenants by metric and by tenant", async () => {
    const tenant = await subscriber(new Date().toISOString());
    const nowMs = Date.now();
    const metric = `across_${nowMs}`;
    await record(tenant, 41, { metric_name: metric });
    await record(tenant, 1, { metric_name: metric });
    const owner = await signedIn(tenant.key);
    await owner.get("/dashboard/usage"); // drains
    const browser = await signedIn(await operatorKey());
    const { text } = await browser.get(`/dashboard/tenants?metric=${metric}`);
    expect(cellsOf(text, metric)).toEqual([`Across ${nowMs} ${metric}`, "42", "2", "1"]);
    const top = text.slice(text.indexOf("Top tenants by"));
    expect(cellsOf(top, "Test Ltd").slice(1)).toEqual(["42", "2"]);
  });
});

describe("work that fails", () => {
  it("is named to the operator with its tenant and the reason", async () => {
    const tenant = await makeTenant();
    const ref = `per_${tenant.tenantId}`;
    const row = { tenant: tenant.tenantId, atMs: Date.UTC(2030, 0, 1), ref, kind: "period.close" };
    await schedule(env.DB, { ...row, clock: "test" }).run();
    const browser = await signedIn(await operatorKey());
    expect((await browser.get("/dashboard/work")).text).not.toContain(ref);
    const again = { atMs: row.atMs, reason: "Error: <no> reason" };
    await postpone(env.DB, `period.close:${ref}`, again).run();
    const cells = cellsOf((await browser.get("/dashboard/work")).text, ref);
    expect(cells.slice(0, 5)).toEqual([
      "period.close",
      ref,
      "Test Ltd",
      "Error: &lt;no&gt; reason",
      "1",
    ]);
  });
});

const TENANTS = "/dashboard/tenants";

describe("a tenant", () => {
  const PATH = TENANTS;

  it("is added by the operator, whose page shows its first key once", async () => {
    const browser = await signedIn(await operatorKey());
    const name = `Added ${Date.now()}`;
    const wrong = await browser.submit(PATH, PATH, { "/name": "", "/mode": "live" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("f-name-error")]);
    const made = await browser.submit(PATH, PATH, {
      "/name": name,
      "/mode": "test",
      "/clock": "2026-01-01",
    });
    expect([made.status, made.text]).toEqual([200, expect.stringContaining(name)]);
    const key = /data-copy="([^"]+)"/.exec(made.text)?.[1] ?? "";
    const { body } = await call(key, "GET", "/api/test-clock");
    expect(body.now).toBe("2026-01-01T00:00:00Z");
    expect((await browser.get(PATH)).text).not.toContain(key);
    const { id } = (await call(key, "GET", "/api/tenant")).body;
    const page = `${PATH}/${id}`;
    expect((await browser.submit(page, page, { "/name": `${name} Ltd` })).status).toBe(303);
    const read = async () => (await call(await operatorKey(), "GET", `/api/tenants/${id}`)).body;
    expect(await read()).toMatchObject({ name: `${name} Ltd` });
    const long = await browser.submit(page, page, { "/name": "x".repeat(201) });
    expect([long.status, long.text]).toEqual([422, expect.stringContaining("name-error")]);
    expect((await browser.get(`${PATH}/ten_none`)).status).toBe(404);
    const owner = await signedIn(key);
    expect((await owner.submit("/dashboard", PATH, { "/name": "X" })).status).toBe(403);
  });
});

describe("the operator's own id of a tenant", () => {
  it("is given and changed by forms, searched for, and taken in every address", async () => {
    const browser = await signedIn(await operatorKey());
    const own = `crm/${Date.now()} ä%`;
    const path = `${TENANTS}/${encodeURIComponent(own)}`;
    const made = await browser.submit(TENANTS, TENANTS, {
      "/name": `Own ${own}`,
      "/mode": "live",
      "/external_id": own,
    });
    const key = /data-copy="([^"]+)"/.exec(made.text)?.[1] ?? "";
    const { id } = (await call(key, "GET", "/api/tenant")).body;
    const found = await browser.get(`${TENANTS}?${new URLSearchParams({ q: own.slice(1) })}`);
    expect(cellsOf(found.text, `${id}</code>`)[2]).toBe(id + own);
    for (const page of [path, `${path}/budgets`]) {
      const { status, text } = await browser.get(page);
      expect([page, status, text]).toEqual([page, 200, expect.stringContaining(`/tenants/${id}`)]);
    }
    const query = new URLSearchParams({ tenant_id: own });
    for (const page of ["subscriptions", "subscriptions/new", "credits"]) {
      const { text } = await browser.get(`/dashboard/billing/${page}?${query}`);
      const chosen = `<option value="${id}" selected="">`;
      expect([page, text]).toEqual([page, expect.stringContaining(chosen)]);
    }
    const nobody = "/dashboard/billing/subscriptions?tenant_id=nobody";
    expect((await browser.get(nobody)).status).toBe(404);

    const other = await makeTenant();
    const page = `${TENANTS}/${other.tenantId}`;
    const taken = await browser.submit(page, page, { "/name": "X", "/external_id": own });
    expect([taken.status, taken.text]).toEqual([422, expect.stringContaining("external_id-error")]);
    const form = `/dashboard/tenants/${id}`;
    const renamed = { "/name": "Moved", "/external_id": `${own} 2` };
    const saved = await browser.submit(path, path, renamed);
    expect([saved.status, saved.location]).toEqual([303, `${form}?done=saved`]);
    expect((await browser.get(path)).status).toBe(404);
    expect(
      (await browser.submit(form, form, { "/name": "Moved", "/external_id": "" })).status,
    ).toBe(303);
    const read = await call(await operatorKey(), "GET", `/api/tenants/${id}`);
    expect(read.body).toMatchObject({ name: "Moved", external_id: null });
  });
});

describe("a tenant's budgets", () => {
  it("are shown with what is used, and set by the operator", async () => {
    const tenant = await makeTenant();
    const browser = await signedIn(await operatorKey());
    const page = `/dashboard/tenants/${tenant.tenantId}/budgets`;
    expect(cellsOf((await browser.get(page)).text, "API keys")).toEqual([
      "API keys",
      "1",
      "1,000",
      "",
      "default",
    ]);
    const set = { "/events_per_minute": "600", "/api_keys": "2" };
    expect((await browser.submit(page, page, set)).status).toBe(303);
    const few = await browser.submit(page, page, { ...set, "/events_per_minute": "0" });
    expect([few.status, few.text]).toEqual([422, expect.stringContaining("minute-error")]);
    const owner = await signedIn(tenant.key);
    const shown = await owner.get("/dashboard/settings/budgets");
    const [, used, limit, , given] = cellsOf(shown.text, "API keys");
    expect([used, limit, given]).toEqual(["1", "2", "operator"]);
    expect(shown.text).toContain('aria-valuetext="1 of 2"');
    expect(cellsOf(shown.text, "Events a minute")[2]).toBe("600");
    const keys = "/dashboard/settings/keys";
    const make = { "/name": "More", "/role": "viewer" };
    expect((await owner.submit(keys, keys, make)).status).toBe(200);
    const refused = await owner.submit(keys, keys, make);
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining("API keys: all 2 are in use; revoke keys"),
    ]);
    await browser.submit(page, page, { "/events_per_minute": "", "/api_keys": "" });
    expect(cellsOf((await browser.get(page)).text, "API keys")[2]).toBe("1,000");
    expect((await browser.get("/dashboard/tenants/ten_none/budgets")).status).toBe(404);
    expect((await owner.get(page)).status).toBe(403);
  });
});

async function renamed(tenantId: string, name: string): Promise<void> {
  await env.DB.prepare("UPDATE tenants SET name = ? WHERE id = ?").bind(name, tenantId).run();
}
