import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { operatorKey } from "../support/api.ts";
import { moveTo, record, subscriber } from "../support/billing.ts";
import { signedIn } from "./browser.ts";

/** The cells of the first row that holds a text, without their markup. */
function cellsOf(html: string, text: string): string[] {
  const row = (html.match(/<tr.*?<\/tr>/gs) ?? []).find((one) => one.includes(text)) ?? "";
  return (row.match(/<td.*?<\/td>/gs) ?? []).map((cell) => cell.replaceAll(/<[^>]+>/g, "").trim());
}

describe("the operator", () => {
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
    expect(cellsOf(text, name)[1]).toBe("US$123,457.28");
    expect(text).toMatch(/Billed by month and plan, USD/);
    expect((await browser.get("/dashboard/revenue")).text).not.toContain(name);
  });

  it("sees usage over all tenants", async () => {
    const tenant = await subscriber(new Date().toISOString());
    const metric = `across_${Date.now()}`;
    await record(tenant, 41, { metric_name: metric });
    await record(tenant, 1, { metric_name: metric });
    const owner = await signedIn(tenant.key);
    await owner.get("/dashboard/usage"); // drains
    const browser = await signedIn(await operatorKey());
    const { text } = await browser.get(`/dashboard/tenants?metric=${metric}`);
    expect(cellsOf(text, metric)).toEqual([metric, "42", "2", "1"]);
    expect(cellsOf(text, "Test Ltd").slice(1)).toEqual(["42", "2"]);
  });
});

async function renamed(tenantId: string, name: string): Promise<void> {
  await env.DB.prepare("UPDATE tenants SET name = ? WHERE id = ?").bind(name, tenantId).run();
}
