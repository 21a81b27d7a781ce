import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

describe("suppressed addresses", () => {
  const PATH = "/dashboard/emails/suppressed";

  it("are added, shown with their reason, and taken off", async () => {
    const { key, tenantId } = await makeTenant();
    const browser = await signedIn(key);
    expect((await browser.get(PATH)).text).toContain("No suppressed addresses");
    const wrong = await browser.submit(PATH, PATH, { "/address": "nobody" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("f-address-error")]);
    expect((await browser.submit(PATH, PATH, { "/address": "Gone@a.test" })).status).toBe(303);
    expect((await browser.get(PATH)).text).toMatch(/gone@a\.test.*Somebody suppressed it/s);
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    const seen = await viewer.get(PATH);
    expect(seen.text).toContain("gone@a.test");
    expect(seen.text.match(/<form method="post"/g)?.length).toBe(1);
    const remove = (from: typeof browser) =>
      from.submit(PATH, `${PATH}/remove`, { "/address": "gone@a.test" });
    expect((await remove(await signedIn((await makeTenant()).key))).status).toBe(404);
    expect((await remove(browser)).status).toBe(303);
    expect((await call(key, "GET", "/api/suppressions")).body.data).toEqual([]);
  });
});
