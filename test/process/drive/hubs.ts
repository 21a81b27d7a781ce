/** An invoice from its draft to its credit note; a customer's page, and a tenant's. */
import { expect } from "vitest";
import type { Area } from "./area.ts";

export const hubs: Area = async ({ server, demo, page, context, signIn, open, look }) => {
  await demo.call("POST", "/api/items", { name: "Consulting", unit_price: 120, unit: "h" });
  await signIn(server.demoKey);

  await open("/dashboard/items");
  await page.getByRole("link", { name: "New item" }).click();
  await page.getByLabel("Name (required)").fill("Training day");
  await page.getByLabel("Price (required)").fill("1450.50");
  await page.getByRole("button", { name: "Add item" }).click();
  await page.getByRole("link", { name: "Training day" }).waitFor();
  await look("hubs-items");

  await open("/dashboard/invoices/new");
  const fresh = page.locator("details", { hasText: "New customer" }).first();
  if ((await fresh.getAttribute("open")) === null) {
    await fresh.locator("summary").click();
  }
  await fresh.getByLabel("Name").fill("Acme Ltd");
  await fresh.getByLabel("E-mail").fill("books@acme.example");
  await page.locator(".beside").getByText("Acme Ltd").first().waitFor();
  const line = page.locator("[data-row]").first();
  const offered = page.waitForResponse(/items\/offered/);
  await line.getByLabel("Item", { exact: true }).pressSequentially("Consult");
  await offered;
  await page.locator("#offered-items option").first().waitFor({ state: "attached" });
  await line.getByLabel("Item", { exact: true }).fill("Consulting");
  expect(await line.getByLabel("Price", { exact: true }).inputValue()).toBe("120");
  await line.getByLabel("Quantity", { exact: true }).fill("10");
  await look("hubs-draft");
  await page.getByRole("button", { name: "Create draft" }).click();
  await page.getByRole("button", { name: "Finalize" }).click();
  await page.getByRole("button", { name: "Finalize invoice" }).click();
  await page.getByRole("link", { name: "Send", exact: true }).click();
  await page.getByRole("button", { name: "Send by e-mail" }).click();
  await page.getByRole("link", { name: "Record a payment" }).click();
  await page.getByLabel("Amount in USD (required)").fill("700");
  await page.getByRole("button", { name: "Record a payment" }).click();
  await page.getByText("Payment received").waitFor();

  const more = async (name: string) => {
    await page.locator(".act-menu > summary").click();
    await page.locator(".act-menu").getByText(name, { exact: true }).click();
  };
  const invoice = page.url().split("?")[0] ?? "";
  await more("Issue a credit note");
  await page.getByLabel("Amount of Consulting").fill("300");
  await page.getByLabel("Reason (required)").fill("Fewer hours");
  await look("hubs-credit");
  await page.getByRole("button", { name: "Issue a credit note" }).click();
  await page.getByText("Issues a credit note over $300.00 with its tax.").waitFor();
  await page.getByRole("button", { name: "Issue credit note" }).click();
  await page.waitForURL(/credit-notes/);
  await page.goto(invoice);
  await more("Record a refund");
  await page.getByLabel("Amount in USD (required)").fill("50");
  await page.getByRole("button", { name: "Record a refund" }).click();
  await page.getByRole("button", { name: "Record refund", exact: true }).click();
  await page.getByText("Refunded", { exact: true }).waitFor();
  await page
    .getByText(/with the key/)
    .first()
    .waitFor();
  await look("hubs-invoice");
  await more("Repeat");
  await page.getByLabel("What happens with each").selectOption("send");
  await page.getByRole("button", { name: "Repeat this invoice" }).click();
  await page.getByText("Finalize and send each").waitFor();
  await look("hubs-recurring");
  const repeated = page.url().split("?")[0] ?? "";
  await page.getByRole("link", { name: "Acme Ltd" }).click();
  await page.getByRole("link", { name: "Every month" }).click();
  await page.getByText("Customer: Acme Ltd").waitFor();
  await page.goto(repeated);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused").waitFor();
  await page.getByRole("button", { name: "End" }).click();
  await page.getByRole("button", { name: "End it" }).click();
  await page.getByText("No invoice repeats yet").waitFor();

  await page.goto(invoice);
  await more("Duplicate");
  await page.getByText("This draft is a copy").waitFor();
  await page.getByRole("link", { name: "Acme Ltd" }).click();
  await page.getByText("What is owed, by age").waitFor();
  await look("hubs-customer");
  const statement = await page.request.get(`${page.url()}/statement.pdf`);
  expect((await statement.body()).subarray(0, 5).toString()).toBe("%PDF-");

  await context.clearCookies();
  await signIn(server.operatorKey);
  await open("/dashboard/tenants");
  await page.locator("main td a").first().click();
  await page.getByText("Act for this tenant").waitFor();
  await look("hubs-tenant");
  const tenant = page.url();
  await page.getByRole("button", { name: "Open as this tenant" }).click();
  await page.getByText("Its audit log and yours say that you did it.").waitFor();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Open as / })
    .click();
  await page.getByText("You are acting as").waitFor();
  expect(await page.getByRole("link", { name: "Revenue" }).count()).toBe(0);
  await look("hubs-acting");
  await open("/dashboard/settings/audit");
  await page.getByText("acting.begun").first().waitFor();
  await page.getByText("You are acting as").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.waitForURL(tenant);
  expect(await page.getByText("You are acting as").count()).toBe(0);
};
