/** Search from anywhere, by the keyboard alone; and the list of keys. */
import { expect } from "vitest";
import type { Area } from "./area.ts";

export const palette: Area = async ({ server, demo, page, signIn, open, look }) => {
  const customer = await demo.call<{ id: string }>("POST", "/api/customers", {
    name: "Northwind Ltd",
    email: "ap@northwind.example",
  });
  await demo.call("POST", "/api/invoices", {
    customer_id: customer.id,
    currency: "EUR",
    lines: [{ name: "Consulting", quantity: 2, unit_price: 95 }],
  });
  await signIn(server.demoKey);
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search" });
  await dialog.getByRole("option", { name: "New invoice" }).waitFor();
  await look("palette");
  await page.keyboard.type("northw");
  await dialog.getByRole("option", { name: /Northwind Ltd · €190\.00 · draft/ }).waitFor();
  await look("palette-found");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/dashboard/customers/${customer.id}`);
  await page.keyboard.press("/");
  await page.keyboard.type("bran");
  await dialog.getByRole("option", { name: "Branding" }).waitFor();
  await page.keyboard.press("Escape");
  expect(await dialog.count()).toBe(0);
  await page.getByRole("main").press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await look("palette-keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await page.waitForURL("**/dashboard/usage");
  await open("/dashboard/search?q=north");
  await look("search-page");
  await open("/dashboard/settings/requests");
  await page.getByText("POST /api/customers", { exact: true }).first().waitFor();
  await look("api-log");
  await open("/dashboard/settings/requests?status=5xx");
  await page.getByText("No request matches").waitFor();
  await page.context().clearCookies();
  await signIn(server.operatorKey);
  await page.keyboard.press("Control+k");
  await dialog.getByRole("option").first().waitFor();
  // At once: Enter waits for the results of what is typed.
  await page.keyboard.type("heal");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/dashboard/health");
};
