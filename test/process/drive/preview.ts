/** Previews of documents: beside their forms, on their pages, behind links; and the PDF itself. */
import { expect } from "vitest";
import type { Area, Stage } from "./area.ts";

type Made = { id: string; number: string };

export const preview: Area = async (stage) => {
  const { server, signIn } = stage;
  await signIn(server.demoKey);
  await typesADraft(stage);
  const invoice = await issue(stage, { name: "Example Customer Ltd" }, 45);
  await readsADocument(stage, invoice);
  await opensItsPdf(stage, invoice);
  await opensALink(stage, invoice);
  const arabic = { name: "شركة المثال للتجارة المحدودة", language: "ar" };
  await looksAtScripts(stage, await issue(stage, arabic, 2), "arabic");
  const japanese = { name: "東京電力株式会社", language: "ja" };
  await looksAtScripts(stage, await issue(stage, japanese, 2), "japanese");
  await choosesALook(stage);
};

async function issue({ demo }: Stage, given: object, count: number): Promise<Made> {
  const address = { lines: ["1 High Street"], city: "London", country: "GB" };
  const customer = await demo.call<Made>("POST", "/api/customers", { ...given, address });
  const lines = Array.from({ length: count }, (_, i) => ({
    name: `Consulting, week ${i + 1}`,
    quantity: i + 1,
    unit_price: "95.00",
  }));
  const body = { customer_id: customer.id, lines };
  const { id } = await demo.call<Made>("POST", "/api/invoices", body);
  return demo.call<Made>("POST", `/api/invoices/${id}/finalize`, {});
}

/** The pages follow the typing: never away in between, and where the reader had scrolled to. */
async function typesADraft({ page, open, look }: Stage): Promise<void> {
  await open("/dashboard/invoices/new");
  const sheets = page.locator('[data-part="sheets"]');
  await sheets.getByText("Draft", { exact: true }).waitFor();
  await page.evaluate(`(() => {
    const place = document.querySelector('[data-part="sheets"]');
    window.emptied = 0;
    window.drawn = 0;
    new MutationObserver(() => {
      window.drawn += 1;
      if (!place.querySelector("svg[viewBox] text")) window.emptied += 1;
    }).observe(place, { childList: true });
  })()`);
  await page.getByLabel("Item", { exact: true }).first().fill("Consulting");
  await page.getByLabel("Quantity", { exact: true }).first().fill("12");
  await page.getByLabel("Price", { exact: true }).first().fill("95.00");
  await sheets.getByText("$1,140.00", { exact: true }).first().waitFor();
  await page.setViewportSize({ width: 1440, height: 600 });
  const desk = page.locator(".desk");
  await desk.evaluate((element) => element.scrollTo(0, 40));
  await page.getByLabel("Quantity", { exact: true }).first().fill("13");
  await sheets.getByText("$1,235.00", { exact: true }).first().waitFor();
  expect(await desk.evaluate((element) => element.scrollTop)).toBe(40);
  expect(await page.evaluate("[window.emptied, window.drawn > 1]")).toEqual([0, true]);
  await page.getByLabel("Quantity", { exact: true }).first().fill("many");
  await page.getByText("Not drawn yet: line 1, quantity").waitFor();
  await look("preview-form");
}

/** All pages are there, in the faces of the PDF, and can be made larger. */
async function readsADocument({ page, open, look }: Stage, { id, number }: Made): Promise<void> {
  await open(`/dashboard/invoices/${id}`);
  const sheets = page.locator(".sheets svg[viewBox]");
  expect(await sheets.count()).toBeGreaterThan(1);
  await page.evaluate("document.fonts.ready.then(() => true)");
  expect(await page.evaluate('document.fonts.check("600 12px \\"Sheet Inter\\"")')).toBe(true);
  expect(await page.locator("iframe").count()).toBe(0);
  const title = page.getByRole("heading", { name: "Invoice", exact: true });
  expect(await title.getAttribute("aria-level")).toBe("2");
  const cell = page.getByRole("cell", { name: "Consulting, week 1", exact: true });
  expect(await cell.count()).toBe(1);
  await look("preview-document");
  const small = await sheets.first().boundingBox();
  await page.getByLabel("Larger").check();
  const large = await sheets.first().boundingBox();
  expect(large?.width).toBeGreaterThan(1.4 * (small?.width ?? 0));
  await look("preview-document-larger");
  expect(await page.title()).toContain(number);
}

/** In a tab of its own, by the browser's viewer: its page is the extension's, not ours. */
async function opensItsPdf({ page, open, context, server }: Stage, { id }: Made): Promise<void> {
  await open(`/dashboard/invoices/${id}`);
  const href = await page.getByRole("link", { name: "Open the PDF" }).getAttribute("href");
  const file = await page.request.get(`${server.url}${href}`);
  expect((await file.body()).subarray(0, 5).toString()).toBe("%PDF-");
  const tab = await context.newPage();
  const answer = await tab.goto(`${server.url}${href}`);
  expect([answer?.status(), answer?.headers()["content-type"]]).toEqual([200, "application/pdf"]);
  const viewer = () => tab.frames().some((frame) => frame.url().startsWith("chrome-extension:"));
  await expect.poll(viewer, { timeout: 10_000 }).toBe(true);
  // Its frame alone is a fifth of that: the page has to be there, and readable.
  const seen = async () => {
    const picture = await tab.screenshot({ path: "out/drive/preview-pdf-in-its-viewer.png" });
    return picture.length;
  };
  await expect.poll(seen, { timeout: 20_000, interval: 500 }).toBeGreaterThan(50_000);
  await tab.close();
}

/** What a customer gets: the pages without a key, and the PDF a click away. */
async function opensALink({ page, demo, look }: Stage, { id, number }: Made): Promise<void> {
  const { url } = await demo.call<{ url: string }>("POST", `/api/invoices/${id}/link`, {});
  await page.goto(url);
  await page.getByRole("heading", { name: "Invoice", exact: true }).waitFor();
  expect(await page.title()).toBe(`Invoice ${number}`);
  await look("preview-link");
  const pdf = await page.getByRole("link", { name: "PDF" }).getAttribute("href");
  const file = await page.request.get(new URL(pdf ?? "", url).href);
  expect(file.headers()["content-type"]).toBe("application/pdf");
}

async function looksAtScripts({ page, open, look }: Stage, { id }: Made, name: string) {
  await open(`/dashboard/invoices/${id}`);
  expect(await page.locator(".shapes path").count()).toBeGreaterThan(5);
  await look(`preview-${name}`);
}

async function choosesALook({ page, open, look }: Stage): Promise<void> {
  await open("/dashboard/settings/branding");
  await page.getByLabel("Template").selectOption("classic");
  await page.locator(`input[name="/accent"]`).fill("#b91c1c");
  await page.locator('.sheets path[fill="#b91c1c"]').first().waitFor();
  await look("preview-branding");
}
