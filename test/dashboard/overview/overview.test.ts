import { describe, expect, it } from "vitest";
import { labelled, mostLabels, scaleOf } from "../../../src/dashboard/component/axis.ts";
import { BarChart } from "../../../src/dashboard/component/bar-chart.tsx";
import { MeterBar, placeOf } from "../../../src/dashboard/component/meter-bar.ts";
import { formatFor } from "../../../src/dashboard/form/format.ts";
import { metricRowHtml } from "../../../src/dashboard/overview/metric-row.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";
import { signedIn } from "../browser.ts";

const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll("&#39;", "'");

const HOME = "/dashboard";

describe("a tenant's first page", () => {
  it("says what the period costs and why, and that test data are not live", async () => {
    const tenant = await subscriber(new Date().toISOString(), { base_price: "29" });
    await record(tenant, 1_500);
    const browser = await signedIn(tenant.key);
    const { text } = await browser.get(HOME);
    const said = textOf(text);
    expect(said).toContain("Test data. Nothing here is sent to anybody");
    // 500 beyond the 1,000 that are included, at 0.001 each.
    expect(said).toContain("API calls 1,500 used, 1,000 included: 500 × US$0.001 US$0.50");
    expect(said).toMatch(/So far, before tax and discounts US\$29\.50/);
    expect(said).toContain("API calls by day");
    expect(said).toContain("1,500 of 1,000");
  });

  it("has each currency's amount on a line, and no gap where a metric has no unit", async () => {
    const tenant = await subscriber(new Date().toISOString());
    for (const currency of ["EUR", "USD"]) {
      const { id: customer_id } = (
        await call(tenant.key, "POST", "/api/customers", { name: currency, currency })
      ).body;
      const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
      const draft = await call(tenant.key, "POST", "/api/invoices", {
        customer_id,
        currency,
        lines,
      });
      await call(tenant.key, "POST", `/api/invoices/${draft.body.id}/finalize`);
    }
    await call(tenant.key, "POST", "/api/usage/events", [{ metric_name: "bare", quantity: 7 }]);
    const { text } = await (await signedIn(tenant.key)).get(HOME);
    expect(text).toMatch(/<span class="amount">€5\.00<\/span><span class="amount">/);
    expect(text).toMatch(/<span data-used="?(?:true)?"?>7<\/span><span class="muted">, no limit/);
  });

  it("draws the metric nearest to its limit, and no level on days that have none", async () => {
    const tenant = await subscriber("2026-03-01T00:00:00Z");
    await call(tenant.key, "PUT", "/api/metrics/peak", { aggregation: "max" });
    const at = (day: string, metric_name: string, quantity: number) => ({
      metric_name,
      quantity,
      timestamp: `2026-03-${day}T12:00:00Z`,
    });
    const days = [at("02", "peak", 4), at("04", "peak", 8), at("04", "a_number", 9_000)];
    await moveTo(tenant, "2026-03-05T00:00:00Z");
    await call(tenant.key, "POST", "/api/usage/events", [...days, at("03", "api_calls", 100)]);
    const browser = await signedIn(tenant.key);
    expect(textOf((await browser.get(HOME)).text)).toContain("API calls by day");
    const { text } = await browser.get(`${HOME}?metric=peak`);
    expect(textOf(text)).toContain("1 Mar – 2 Mar 4 3 Mar – 4 Mar 8 5 Mar –");
    // From the second day to the fourth, and no further.
    expect(text).toContain('d="M1 0.500L3 0.000"');
  });

  it("ticks what is done until the first invoice is sent or paid", async () => {
    const { tenantId, key } = await makeTenant();
    const browser = await signedIn(key);
    const ticked = async () => {
      const { text } = await browser.get(HOME);
      const steps = text.match(/<li class="[^"]*"><svg viewBox="0 0 20 20".*?<\/strong>/gs) ?? [];
      return steps.map((step) => [
        /<strong>(.*)<\/strong>/.exec(step)?.[1],
        step.includes('aria-label="Done"'),
      ]);
    };
    const titles = [
      "Say who you are",
      "Add your logo",
      "Add your first customer",
      "Connect your software",
      "Write your first invoice",
      "Send it",
    ];
    expect(await ticked()).toEqual(titles.map((title) => [title, false]));
    const address = { lines: ["1 Quay"], city: "Cork", country: "IE" };
    await call(key, "PUT", "/api/issuer", { legal_name: "Harbour", address });
    const { body: customer } = await call(key, "POST", "/api/customers", { name: "Acme" });
    await keyFor(tenantId, "member");
    const lines = [{ name: "Work", quantity: 1, unit_price: "10" }];
    const path = "/api/invoices";
    const { body: invoice } = await call(key, "POST", path, { customer_id: customer.id, lines });
    const { text } = await browser.get(HOME);
    expect(textOf(text)).toContain("1 draft is not finalized.");
    await call(key, "POST", `${path}/${invoice.id}/finalize`);
    const done = [true, false, true, true, true, false];
    expect(await ticked()).toEqual(titles.map((title, i) => [title, done[i]]));
    const open = (await browser.get(HOME)).text;
    expect(open).toContain(`href="/dashboard/invoices/${invoice.id}"`);
    await call(key, "POST", `${path}/${invoice.id}/payments`, { amount: 10 });
    expect(await ticked()).toEqual([]);
  });
});

describe("the operator's first page", () => {
  it("shows live tenants or test tenants, whichever is asked for, and what fails", async () => {
    const name = `Counted ${Date.now()}`;
    const { tenantId } = await makeTenant({ name });
    await call(await operatorKey(), "POST", "/api/subscriptions", {
      tenant_id: tenantId,
      plan: "STARTER",
      billing_cycle: "yearly",
      base_price: 1_200,
    });
    const browser = await signedIn(await operatorKey());
    const live = textOf((await browser.get(HOME)).text);
    expect(live).toContain(`${name} new`);
    expect(live).toContain("+US$100.00 US$100.00");
    expect(live).toContain("Work that fails");
    expect(live).not.toContain("Test data.");
    const test = textOf((await browser.get(`${HOME}?mode=test`)).text);
    expect(test).toContain("Test data.");
    expect(test).not.toContain(name);
  });
});

describe("a chart", () => {
  it("has round steps that hold all values and nothing", () => {
    expect(scaleOf(0, 2_641)).toEqual({ from: 0, to: 3_000, ticks: [0, 1_000, 2_000, 3_000] });
    expect(scaleOf(-16, 1_200).from).toBeLessThanOrEqual(-16);
    expect(scaleOf(0, 0)).toEqual({ from: 0, to: 1, ticks: [0, 1] });
    for (const most of [0.003, 7, 99, 101, 12_345_678]) {
      const { to, ticks } = scaleOf(0, most);
      expect(to).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThan(8);
    }
    expect(Array.from({ length: 31 }, (_, i) => i).filter(labelled(31, 5))).toHaveLength(5);
    // "Jan 2026" on a phone, and "Dec 1, 12:00 AM", of which fewer stand beside each other.
    expect([mostLabels(270, 8), mostLabels(270, 15), mostLabels(10, 15)]).toEqual([4, 2, 1]);
  });

  it("stacks what is below zero downwards, and has each value in its table", () => {
    const value = (decimal: string) => ({ text: `${decimal} EUR`, decimal });
    const bars = [{ label: "May", values: [value("30"), value("10"), value("-20")] }];
    const heads = ["Month", "New", "More", "Gone"];
    const html = String(BarChart({ caption: "What moved it", heads, bars, drawn: "stacked" }));
    const [first, second, third] = [...html.matchAll(/ d="M[\d.]+ ([\d.]+)V([\d.]+)/g)].map(
      ([, from, to]) => [from, to],
    );
    // From 40 down to -20: zero is at two thirds of the height.
    expect([first, second, third]).toEqual([
      ["666.7", "166.7"],
      ["166.7", "0.0"],
      ["666.7", "1000.0"],
    ]);
    expect(html).toContain('<span data-value="-20">-20 EUR</span>');
  });
});

describe("a usage bar", () => {
  const bar = (basisPoints: bigint) =>
    String(MeterBar({ basisPoints, thresholds: [80], label: "Calls", text: "" }));

  it("ends at 100 %, and marks what is beyond after it", () => {
    expect([0n, 5_000n, 10_000n, 15_000n, 20_000n, 90_000n].map(placeOf)).toEqual([
      0, 44, 88, 94, 100, 100,
    ]);
    expect(bar(10_000n)).toContain('class="fill" width="88%"');
    expect(bar(10_000n)).toContain('class="beyond" x="88.6%" width="0%"');
    expect(bar(15_000n)).toContain('class="fill" width="88%"');
    expect(bar(15_000n)).toContain('class="beyond" x="88.6%" width="5.4%"');
  });
});

describe("a metric's row", () => {
  it("holds what is named as text, in its attributes too", () => {
    const html = metricRowHtml(
      {
        metric: `a"b&c`,
        name: `<i>Calls</i> "x"`,
        description: "",
        unit: "<u>",
        usedMicro: 9_000_000n,
        addsUp: true,
        includedMicro: 10_000_000n,
        basisPoints: 9_000n,
        thresholds: [80],
        hard: true,
      },
      [0n, 2n, null, 4n],
      formatFor("en"),
    );
    expect(html).toContain('<li data-metric="a&quot;b&amp;c">');
    expect(html).toContain(
      '<a href="/dashboard?metric=a%22b%26c#trend">&lt;i&gt;Calls&lt;/i&gt; &quot;x&quot;</a>',
    );
    expect(html).toContain('<code class="muted">a&quot;b&amp;c</code>');
    expect(html).toContain('<span class="muted"> of 10 &lt;u&gt; (hard limit) </span>');
    expect(html).toContain('aria-label="&lt;i&gt;Calls&lt;/i&gt; &quot;x&quot;"');
    expect(html).toContain('d="M0 1L0 1.000L1 0.500L3 0.000L3 1z"');
    expect(html).not.toMatch(/<[iu]>/);
  });
});
