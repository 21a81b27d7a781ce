/** The search of the dashboard: what it leads to, by which words, and for whom. */
import { describe, expect, it } from "vitest";
import { placesFor, placesOf } from "../../../src/dashboard/search/places.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const labels = (text: string) =>
  placesFor(placesOf({ role: "owner", mode: "live", operator: true }), text).map(
    ({ label }) => label,
  );

describe("the pages that it leads to", () => {
  it("are there for each role that they are offered to", async () => {
    const tenant = await signedIn((await makeTenant({ mode: "test" })).key);
    const operator = await signedIn(await operatorKey());
    const offered = placesOf({ role: "owner", mode: "test", operator: true });
    expect(offered.length).toBeGreaterThan(30);
    for (const { path, needs } of offered) {
      const browser = needs.startsWith("operator.") ? operator : tenant;
      expect([path, (await browser.get(`/dashboard${path}`)).status]).toEqual([path, 200]);
    }
  });

  it("are found by the beginnings of their words, by their names first", () => {
    expect(labels("inv")).toEqual([
      "New invoice",
      "Invoices",
      "Proforma invoices",
      "Recurring invoices",
    ]);
    expect(labels("LOGO")).toEqual(["Branding"]);
    expect(labels("api k")).toEqual(["API keys"]);
    expect(labels("e-mail settings")).toEqual(["E-mail settings"]);
    expect(labels("nvoice")).toEqual([]);
  });

  it("are only those that a role may open, and a clock where there is one", () => {
    const paths = (role: "member" | "owner", mode: "live" | "test", operator = false) =>
      placesOf({ role, mode, operator }).map(({ path }) => path);
    expect(paths("member", "live")).not.toContain("/settings/audit");
    expect(paths("owner", "live")).not.toContain("/clock");
    expect(paths("owner", "test")).toContain("/clock");
    expect(paths("owner", "live")).not.toContain("/tenants");
    expect(paths("owner", "live", true)).toContain("/tenants");
  });
});

describe("what it finds", () => {
  it("is the tenant's own documents and customers, as links", async () => {
    const { key } = await makeTenant();
    const { body: customer } = await call(key, "POST", "/api/customers", { name: "Zebra <& Sons" });
    const lines = [{ name: "Stripes", quantity: 2, unit_price: 5 }];
    const draft = { customer_id: customer.id, currency: "EUR", lines };
    const { body: invoice } = await call(key, "POST", "/api/invoices", draft);
    const { text } = await (await signedIn(key)).get("/dashboard/search/results?q=zeb");
    expect(text).toContain(`href="/dashboard/customers/${customer.id}"`);
    expect(text).toContain(`href="/dashboard/invoices/${invoice.id}"`);
    expect(text).toContain("Zebra &lt;&amp; Sons");
    const other = await signedIn((await makeTenant()).key);
    const page = await other.get("/dashboard/search?q=zeb");
    expect([page.status, page.text.includes(customer.id)]).toEqual([200, false]);
    expect(page.text).toContain("Nothing has “zeb” in it.");
  });

  it("is a tenant for the operator alone", async () => {
    const { tenantId, key } = await makeTenant({ name: "Quagga Ltd" });
    const address = "/dashboard/search/results?q=quagga";
    const found = await (await signedIn(await operatorKey())).get(address);
    expect(found.text).toContain(`href="/dashboard/tenants/${tenantId}"`);
    expect((await (await signedIn(key)).get(address)).text).not.toContain(tenantId);
  });
});
