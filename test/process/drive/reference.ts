/** The documentation: a guide, the reference, its search, an example in each language, "try it". */
import { expect } from "vitest";
import type { Area } from "./area.ts";

export const reference: Area = async ({ server, context, page, open, look }) => {
  const elsewhere: string[] = [];
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !/^(?:data|blob):/.test(url)) elsewhere.push(url);
  });

  await open("/docs/guides");
  await look("guides");
  await page.getByRole("main").getByRole("link", { name: "Problem codes" }).click();
  await expect.poll(() => page.title()).toContain("Problem codes");
  await look("guide-problems");
  await page.getByRole("button", { name: "Copy this code" }).first().click();
  await page.getByRole("button", { name: /dark colours/i }).click();
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  await page.getByRole("button", { name: /light colours/i }).click();

  await open("/docs/operations/recordUsage");
  const record = page.getByRole("heading", { name: "Record one usage event", exact: true });
  await record.waitFor();
  await page.evaluate("localStorage.clear()");
  await page.reload();
  await record.waitFor();
  await look("reference");

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Enter search query" }).fill("credit note");
  await page.getByRole("dialog").getByText("Read a credit note").first().waitFor();
  await page.keyboard.press("Escape");

  await page
    .getByRole("button", { name: /Test Request/ })
    .first()
    .click();
  const send = page.getByRole("button", { name: /^Send/ }).first();
  await send.waitFor();
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/api/usage/record"));
  await send.click();
  expect((await answered).status()).toBe(201);
  await page.screenshot({ path: "out/drive/reference-try.png" });
  expect(elsewhere).toEqual([]);
};
