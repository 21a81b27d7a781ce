import { describe, expect, it } from "vitest";
import { call, keyFor } from "../../support/api.ts";
import { type Browser, signedIn, signedInOwner } from "../browser.ts";

const PATH = "/dashboard/settings/requests";

/** The page's text, without the places where a path may break. */
async function textOf(browser: Browser, query = ""): Promise<string> {
  return (await browser.get(PATH + query)).text.replaceAll("<wbr/>", "");
}

describe("the page of the API's log", () => {
  it("says what to send first, then what was answered, and filters it", async () => {
    const { browser, key } = await signedInOwner();
    const empty = await textOf(browser);
    expect(empty).toContain("No requests yet");
    expect(empty).toContain("/api/tenant -H ");
    const { headers } = await call(key, "POST", "/api/customers", { name: "" });
    const id = headers.get("x-request-id") ?? "";
    await expect.poll(() => textOf(browser), { timeout: 10_000 }).toContain(`data-copy="${id}"`);
    const text = await textOf(browser, `?status=4xx&path=/api/customers&request_id=${id}`);
    expect(text).toContain('<span class="badge warn">422</span>');
    expect(text).toContain("POST /api/customers");
    expect(text).toContain("owner key");
    expect(text).toContain('href="/docs/guides/problems#requestinvalid"');
    expect((await browser.get(`${PATH}?status=5xx`)).text).toContain("No request matches");
  });

  it("logs none of the dashboard's own pages, and is owners' and admins' alone", async () => {
    const { browser, key } = await signedInOwner();
    const tenantId = (await call(key, "GET", "/api/tenant")).body.id;
    await expect.poll(() => textOf(browser), { timeout: 10_000 }).toContain("GET /api/tenant");
    await browser.get("/dashboard/customers/cus_none");
    expect(await textOf(browser)).not.toContain("customers/");
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    expect((await viewer.get(PATH)).status).toBe(403);
  });
});
