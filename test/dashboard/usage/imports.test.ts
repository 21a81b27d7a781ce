import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";
import { signedIn, tokenOn } from "../browser.ts";

describe("an import of older usage", () => {
  const PATH = "/dashboard/usage/imports";
  const line = (id: string, quantity: number) =>
    JSON.stringify({ id, metric_name: "api_calls", quantity, timestamp: "2020-05-01T00:00:00Z" });

  it("is begun, filled from a file, committed and taken back", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const made = await browser.submit(PATH, PATH, { "/name": "Old system" });
    const path = (made.location ?? "").split("?")[0] ?? "";
    const upload = async (text: string) => {
      const form = new FormData();
      form.set("form_token", tokenOn((await browser.get(path)).text));
      form.set("file", new File([text], "old.ndjson"));
      return browser.upload(`${path}/events`, form);
    };
    const wrong = await upload(`${line("1", 5)}\nno json\n`);
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("is no JSON")]);
    expect((await upload(`${line("1", 5)}\n${line("2", 7)}\n`)).status).toBe(303);
    expect((await browser.get(path)).text).toMatch(/2 of the events lie in no closed period/);
    const range = "start_date=2020-01-01T00:00:00Z&end_date=2021-01-01T00:00:00Z";
    const used = async () =>
      (await call(key, "GET", `/api/usage/summary?${range}`)).body.metrics[0]?.total_quantity ?? 0;
    expect(await used()).toBe(0);
    expect((await browser.submit(path, `${path}/commit`)).status).toBe(303);
    expect(await used()).toBe(12);
    const { text } = await browser.get(path);
    expect(text).toContain('badge good">committed');
    expect(text).not.toContain("/commit");
    expect((await browser.submit(path, `${path}/revert`)).status).toBe(303);
    expect(await used()).toBe(0);
  });

  it("shows before it counts what each closed period would settle", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    const metric = { metric_name: "quotes_generated" };
    await record(tenant, 15, metric);
    await moveTo(tenant, "2026-03-10T00:00:00Z");
    const { body } = await call(tenant.key, "POST", "/api/usage/imports", { name: "January" });
    const staging = `/api/usage/imports/${body.id}/events?tenant_id=${tenant.tenantId}`;
    await call(tenant.operator, "POST", staging, {
      events: [{ ...metric, id: "a", quantity: 15, timestamp: "2026-01-10T00:00:00Z" }],
    });
    const browser = await signedIn(tenant.key);
    const { text } = await browser.get(`${PATH}/${body.id}`);
    // Of 30 quotes 10 are included and 5 were billed: 15 more at 0.50.
    expect(text).toMatch(/What it would settle.*1 Jan 2026.*US\$7\.50/s);
    expect(text).toContain("0 of the events lie in no closed period");
  });

  it("is read by a viewer, who gets no forms", async () => {
    const { key, tenantId } = await makeTenant();
    const { body } = await call(key, "POST", "/api/usage/imports", { name: "2020" });
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    for (const path of [PATH, `${PATH}/${body.id}`]) {
      const { status, text } = await viewer.get(path);
      expect([status, text]).toEqual([200, expect.stringContaining("2020")]);
      expect(text.match(/<form/g)?.length).toBe(1);
    }
  });
});
