/** Acts that ask first, forms that keep what was typed, and amounts as their reader writes them. */
import { expect } from "vitest";
import type { Area } from "./area.ts";

export const acts: Area = async ({ server, demo, page, signIn, open, look }) => {
  const named = { name: "Acme Ltd", email: "ap@acme.example" };
  const customer = (await demo.call("POST", "/api/customers", named)) as { id: string };
  await signIn(server.demoKey);

  // What was typed is there again once the form is opened again, and gone once it was taken.
  await open("/dashboard/invoices/new");
  await page.getByLabel("Customer (required)").selectOption(customer.id);
  await page.getByLabel("Item", { exact: true }).first().fill("Consulting");
  await page.getByLabel("Quantity", { exact: true }).first().fill("1");
  await page.getByLabel("Price", { exact: true }).first().fill("1,000.50");
  await open("/dashboard/customers");
  await open("/dashboard/invoices/new");
  await page.getByText("Your unsaved changes are back.").waitFor();
  expect(await page.getByLabel("Price", { exact: true }).first().inputValue()).toBe("1,000.50");
  await page.getByRole("button", { name: "Create draft" }).click();
  await page.waitForURL(/done=created/);
  expect(await page.evaluate("Object.keys(sessionStorage).filter((k) => /^form/.test(k))")).toEqual(
    [],
  );

  // A question in a dialog: left by Escape, answered by its button.
  await page.getByRole("button", { name: "Finalize", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Finalizes the draft invoice over $1,000.50 for Acme Ltd").waitFor();
  expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe("Cancel");
  await look("acts-question");
  await page.keyboard.press("Escape");
  expect(await dialog.count()).toBe(0);
  await page.getByRole("button", { name: "Finalize", exact: true }).click();
  await dialog.getByRole("button", { name: "Finalize invoice" }).click();
  await page.getByText("Finalized. It has its number and can no longer change.").waitFor();

  // A colour by its picker, and a key's end.
  await open("/dashboard/settings/branding");
  await page.locator("[data-picks]").fill("#0f766e");
  const accent = page.getByLabel("Accent color", { exact: true });
  expect(await accent.inputValue()).toBe("#0f766e");
  await look("acts-branding");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  await demo.call("POST", "/api/keys", { name: "Nightly job", role: "ingest" });
  await open("/dashboard/settings/keys");
  const row = page.getByRole("row", { name: /Nightly job/ });
  await row.getByRole("button", { name: "Revoke" }).click();
  await dialog.getByText("It was never used.").waitFor();
  await dialog.getByRole("button", { name: "Revoke key" }).click();
  await page.getByText("Revoked.", { exact: true }).waitFor();
  for (const path of ["profile", "mail", "payments", "members", "keys"]) {
    await open(`/dashboard/settings/${path}`);
    await look(`acts-${path}`);
  }
};
