import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { record, subscriber } from "../../support/billing.ts";
import { fieldsOn, signedIn } from "../browser.ts";

const PATH = "/dashboard/clock";

/** The times that the page's buttons send. */
function stepsOn(text: string): (string | undefined)[] {
  return [...text.matchAll(/name="\/now" value="([^"]+)"/g)].map(([, time]) => time);
}

describe("a test tenant's clock", () => {
  it("is moved by a button, and says what was done on the way", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 10 });
    await record(tenant, 2000);
    const browser = await signedIn(tenant.key);
    const { text } = await browser.get(PATH);
    expect(text).toContain("2026-01-01T00:00:00Z");
    const month = stepsOn(text);
    expect(month).toEqual(["2026-01-02", "2026-01-08", "2026-02-01"].map((d) => `${d}T00:00:00Z`));
    const atEnd = await browser.submit(PATH, PATH, { "/now": month[2] ?? "" });
    expect(atEnd.text).toContain("nothing was due");
    const day = stepsOn(atEnd.text)[0] ?? "";
    const closed = await browser.submit(PATH, PATH, { "/now": day });
    expect([closed.status, closed.text]).toEqual([
      200,
      expect.stringContaining("Billing period closed"),
    ]);
    const again = await browser.submit(PATH, PATH, { "/now": day });
    expect(again.text).toContain("nothing was due");
    const clock = await call(tenant.key, "GET", "/api/test-clock");
    expect(clock.body.now).toBe("2026-02-02T00:00:00Z");
    expect((await call(tenant.key, "GET", "/api/invoices")).body.data).toHaveLength(1);
  });

  it("moves to the beginning of a day, and never back", async () => {
    const { key } = await makeTenant({ clock: "2026-05-10T12:00:00Z" });
    const browser = await signedIn(key);
    expect(fieldsOn((await browser.get(PATH)).text)).toHaveProperty("/now");
    const to = async (day: string) => {
      const { status, text } = await browser.submit(PATH, PATH, { "/now": day });
      return [status, /f-now-error/.test(text)];
    };
    expect(await to("2026-05-11")).toEqual([200, false]);
    for (const day of ["2026-05-10", "2100-01-01", "soon", ""]) {
      expect([day, ...(await to(day))]).toEqual([day, 422, true]);
    }
    const clock = await call(key, "GET", "/api/test-clock");
    expect(clock.body.now).toBe("2026-05-11T00:00:00Z");
  });

  it("is shown to a viewer, and a live tenant has none", async () => {
    const { tenantId } = await makeTenant({ clock: "2026-05-10T12:00:00Z" });
    const viewer = await signedIn(await keyFor(tenantId, "viewer", { mode: "test" }));
    const page = await viewer.get(PATH);
    expect([page.status, page.text]).toEqual([200, expect.not.stringContaining("Move it")]);
    const live = await signedIn((await makeTenant({ mode: "live" })).key);
    expect((await live.get(PATH)).status).toBe(409);
    expect((await live.get("/dashboard")).text).not.toContain(`href="${PATH}"`);
  });
});
