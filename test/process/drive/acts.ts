/**
 * Acts that ask first, forms that keep what was typed, amounts as their reader writes them, the
 * letter that the inbox keeps, and controls that a role may not use.
 */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Area } from "./area.ts";

export const acts: Area = async (stage) => {
  await doActs(stage);
  await keepLetters(stage);
  await seeRoles(stage);
};

const doActs: Area = async ({ server, demo, page, signIn, open, look }) => {
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

/** A file, a letter with the logo, and an address: each is taken away after a question. */
const keepLetters: Area = async ({ server, demo, page, open, look }) => {
  const dialog = page.getByRole("dialog");
  await open("/dashboard/settings/branding");
  await page.getByLabel("Logo").setInputFiles({
    name: "logo.png",
    mimeType: "image/png",
    buffer: Buffer.from(await drawnLogo(page), "base64"),
  });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByRole("button", { name: "Remove logo" }).waitFor();

  const named = { name: "Letter Ltd", email: "books@letter.example" };
  const { id: customer_id } = (await demo.call("POST", "/api/customers", named)) as { id: string };
  const lines = [{ name: "Work", quantity: 2, unit_price: "50" }];
  const drafted = { customer_id, lines };
  const { id } = (await demo.call("POST", "/api/invoices", drafted)) as { id: string };
  await open(`/dashboard/invoices/${id}`);
  await page.getByText("Attach a file").click();
  await page.getByLabel("File", { exact: true }).setInputFiles({
    name: "hours.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("hours\n2\n"),
  });
  await page.getByRole("button", { name: "Attach", exact: true }).click();
  await page.getByText("Attached.").waitFor();
  await page
    .getByRole("row", { name: /hours.csv/ })
    .getByRole("button")
    .click();
  await dialog.getByText("Deletes the file of 8 bytes.").waitFor();
  await look("acts-attachment");
  await dialog.getByRole("button", { name: "Remove file" }).click();
  await page.getByText("Removed.").waitFor();

  await demo.call("POST", `/api/invoices/${id}/finalize`);
  await demo.call("POST", `/api/invoices/${id}/send`, {});
  await open("/dashboard/emails");
  await page.getByText("kept in the inbox").first().waitFor();
  await page.locator("main").getByRole("link", { name: /INV-/ }).first().click();
  const logo = page.frameLocator("iframe.letter").getByRole("img").first();
  await logo.waitFor();
  expect(await logo.evaluate(widthOf)).toBe(240);
  await look("acts-letter");
  await open("/dev/inbox");
  await page
    .getByRole("link", { name: /Invoice/ })
    .first()
    .click();
  const kept = page.frameLocator("iframe").getByRole("img").first();
  await kept.waitFor();
  expect(await kept.evaluate(widthOf)).toBe(240);
  await look("acts-inbox");

  await demo.call("POST", "/api/suppressions", { address: "gone@letter.example" });
  await open("/dashboard/emails/suppressed");
  await page.getByRole("button", { name: "Remove" }).click();
  await dialog.getByText("Send e-mail to gone@letter.example again?").waitFor();
  await look("acts-suppressed");
  await dialog.getByRole("button", { name: "Remove from the list" }).click();
  await page.getByText("Removed.").waitFor();
  expect(server.url).toMatch(/^http/);
};

/** How wide a picture is that was loaded; 0 where it was not. */
const widthOf = (picture: object) => (picture as { naturalWidth: number }).naturalWidth;

/** A dark logo without a ground, as a PNG in base64. */
async function drawnLogo(page: Page): Promise<string> {
  const drawn = await page.evaluate(`(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 240, height: 56 });
    const pen = canvas.getContext("2d");
    pen.font = "bold 40px sans-serif";
    pen.fillStyle = "#16213c";
    pen.fillText("Letterhead", 6, 42);
    return canvas.toDataURL("image/png");
  })()`);
  return String(drawn).replace(/^data:[^,]*,/, "");
}

/** What a member and a viewer see of acts that are an owner's or an admin's. */
const seeRoles: Area = async ({ demo, operator, page, signIn, open, look }) => {
  const keyOf = async (of: typeof demo, role: string) => {
    const made = await of.call("POST", "/api/keys", { name: `A ${role}`, role });
    return (made as { key: string }).key;
  };
  const { data } = (await demo.call("GET", "/api/invoices?status=open")) as {
    data: { id: string }[];
  };
  await signIn(await keyOf(demo, "member"));
  await open(`/dashboard/invoices/${data[0]?.id}`);
  await page.locator(".act-menu > summary").click();
  const voiding = page.locator(".act-menu").getByRole("button", { name: "Void" });
  expect(await voiding.getAttribute("aria-disabled")).toBe("true");
  // The keyboard reaches it, and a screen reader reads who may.
  await voiding.focus();
  const why = await voiding.getAttribute("aria-describedby");
  expect(await page.locator(`#${why?.replace(/\W/g, "\\$&")}`).textContent()).toContain(
    "Only an owner or an admin can",
  );
  await look("acts-member-invoice");
  await signIn(await keyOf(demo, "viewer"));
  for (const path of ["customers", "items", "usage/metrics", "emails/suppressed"]) {
    await open(`/dashboard/${path}`);
    await page.getByText("Ask one of them.").first().waitFor();
    await look(`acts-viewer-${path.replace("/", "-")}`);
  }
  await signIn(await keyOf(operator, "viewer"));
  for (const path of ["billing/plans", "billing/plans/STARTER", "tenants"]) {
    await open(`/dashboard/${path}`);
    await page.getByText("Ask one of them.").first().waitFor();
    await look(`acts-viewer-${path.replaceAll("/", "-").toLowerCase()}`);
  }
};
