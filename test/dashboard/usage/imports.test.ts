import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";
import { type Browser, signedIn, tokenOn } from "../browser.ts";

describe("an import of older usage", () => {
  const PATH = "/dashboard/usage/imports";

  const range = "start_date=2020-01-01T00:00:00Z&end_date=2021-01-01T00:00:00Z";
  const usedBy = async (key: string) =>
    (await call(key, "GET", `/api/usage/summary?${range}`)).body.metrics[0]?.total_quantity ?? 0;
  const SHEET = [
    "Datum;Kunde;Menge",
    "31.05.2020 10:00;ada;1.000,50",
    "01.06.2020;bob;2",
    "31.06.2020;bob;3",
  ].join("\n");

  async function uploaded(browser: Browser, text: string, name = "June.csv") {
    const form = new FormData();
    form.set("form_token", tokenOn((await browser.get(PATH)).text));
    form.set("/file", new File([text], name));
    return browser.upload(PATH, form);
  }
  const pathOf = ({ location }: { location: string | null }) =>
    (location ?? "").split("?")[0] ?? "";

  it("is uploaded, mapped with a guess, checked, committed and undone", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const path = pathOf(await uploaded(browser, SHEET));
    const asked = (await browser.get(path)).text;
    expect(asked).toContain("<h1>June");
    expect(asked).toMatch(/Datum.*value="timestamp" selected/s);
    expect(asked).toMatch(/<option value="comma" selected[^>]*>1\.000,50/);
    expect(asked).toContain(
      "Which column is the metric? Choose it among the columns, or one for all lines.",
    );
    const chosen = {
      "/columns/0": "timestamp",
      "/columns/1": "user_id",
      "/columns/2": "quantity",
      "/metric": "api_calls",
      "/decimal": "comma",
      "/dates": "dmy",
      "/zone": "Europe/Berlin",
    };
    const look = await browser.submit(path, `${path}/look`, chosen);
    expect(look.text).toMatch(/1,000\.5<.*2020-05-31 08:00:00.*2020-05-31 22:00:00/s);
    expect(look.text).toMatch(/31\.06\.2020 is no day/);
    expect((await browser.submit(path, `${path}/read`, chosen)).status).toBe(303);
    const { text } = await browser.get(path);
    expect(text).toMatch(/2 events found, 1 could not be taken/);
    expect(text).toMatch(/2 of the events lie in no period/);
    expect(text).not.toMatch(/--[a-z]/);
    expect(await usedBy(key)).toBe(0);
    expect((await browser.submit(path, `${path}/commit`)).status).toBe(303);
    expect(await usedBy(key)).toBe(1002.5);
    expect((await browser.get(path)).text).toContain('badge good">committed');
    expect((await browser.submit(path, `${path}/revert`)).status).toBe(303);
    expect(await usedBy(key)).toBe(0);
  });

  it("says what is wrong with a file, and of one that counts already", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const workbook = await uploaded(browser, "PK\u0003\u0004", "sheet.xlsx");
    expect([workbook.status, workbook.text]).toEqual([422, expect.stringContaining("workbook")]);
    const named = `id,metric_name,quantity,timestamp\n1,api_calls,5,2020-05-01T00:00:00Z\n`;
    const path = pathOf(await uploaded(browser, named, "May.csv"));
    await browser.submit(path, `${path}/read`, {
      "/columns/0": "id",
      "/columns/1": "metric_name",
      "/columns/2": "quantity",
      "/columns/3": "timestamp",
    });
    await browser.submit(path, `${path}/commit`);
    expect(await usedBy(key)).toBe(5);
    const again = pathOf(await uploaded(browser, named, "May again.csv"));
    expect((await browser.get(again)).text).toMatch(/imported as “May” and counts already/);
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
    expect(text).toContain("0 of the events lie in no period");
  });

  it("is read by a viewer, who gets no forms", async () => {
    const { key, tenantId } = await makeTenant();
    const { body } = await call(key, "POST", "/api/usage/imports", { name: "2020" });
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    for (const path of [PATH, `${PATH}/${body.id}`]) {
      const { status, text } = await viewer.get(path);
      expect([status, text]).toEqual([200, expect.stringContaining("2020")]);
      expect(text.match(/<form method="post"/g)?.length).toBe(1);
    }
  });
});
