/**
 * `npm run test:sheets`: previews beside their PDFs, page by page: each document's PDF by PDFium,
 * its preview by a full Chromium, at the same size. Prints how far apart they are, writes both
 * pictures of each page to a folder, and fails where anything but the edges of letters differs.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { PDFiumLibrary } from "@hyzyla/pdfium";
import type { Page } from "playwright-core";
import { decodeLogo } from "../../../src/documents/logo/logo.ts";
import { decodePng } from "../../../src/documents/logo/png.ts";
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { previewHtml } from "../../../src/documents/render/html/preview.ts";
import { layOut } from "../../../src/documents/render/pdf/layout.ts";
import { renderPdf } from "../../../src/documents/render/pdf/render.ts";
import {
  layOut as layOutFirst,
  renderPdf as renderFirst,
} from "../../../src/documents/render/version-1/render.ts";
import { launchBrowser } from "../../process/browser/chromium.ts";
import { fontsFor, fontsOf } from "../node/read-pdf.ts";
import { png } from "../pictures.ts";
import { distanceOf, type Picture } from "./compare.ts";
import { comparedDocuments } from "./samples.ts";

/** Pixels a point. */
const SCALE = 2;
/** What edges alone come to, with room for another build of either program. */
const MOST_MEAN = 3;
const MOST_MOVED = 0.002;

/** A picture with an edge, a slope and a hole. */
const LOGO = png({
  width: 300,
  height: 90,
  depth: 8,
  color: 6,
  raw: Array.from({ length: 90 }, (_, y) => [
    0,
    ...Array.from({ length: 300 }, (_, x) =>
      x + y < 90 ? [15, 118, 110, 255] : [200 - x / 2, 60, y * 2, x > 200 && y > 45 ? 0 : 255],
    ).flat(),
  ]).flat(),
});

const out = process.env.SHEETS_OUT ?? "/tmp/sheets";
const only = process.argv[2];
mkdirSync(out, { recursive: true });

const pdfium = await PDFiumLibrary.init();
const browser = await launchBrowser(process.env.CHROMIUM ?? "/usr/bin/chromium");
let failed = false;
/** The page that is served. */
let shown = "";
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1800 } });
  await page.route("http://sheets.test/**", (route) => {
    const file = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    if (!file.endsWith(".ttf")) return route.fulfill({ contentType: "text/html", body: shown });
    return route.fulfill({
      contentType: "font/ttf",
      body: readFileSync(`src/documents/render/pdf/fonts/${file}`),
    });
  });
  const logo = await decodeLogo(LOGO);
  for (const [name, model] of Object.entries(comparedDocuments(logo))) {
    if (only && !name.includes(only)) continue;
    failed = (await compare(page, name, model)) || failed;
  }
} finally {
  await browser.close();
  pdfium.destroy();
}
process.exitCode = failed ? 1 : 0;

/** Prints a line for each page of a document. True where one differs. */
async function compare(page: Page, name: string, model: DocumentModel): Promise<boolean> {
  const isFirst = model.template.version === 1;
  const fonts = isFirst ? fontsOf(model.language) : await fontsFor(model);
  const bytes = await (isFirst ? renderFirst : renderPdf)(model, fonts);
  const drawn = (isFirst ? layOutFirst : layOut)(model, fonts);
  const base64 = Buffer.from(LOGO).toString("base64");
  const logo = model.branding.logo && ({ type: "image/png", base64 } as const);
  shown = previewHtml({ model, drawn, logo }, "http://sheets.test");
  await page.goto("http://sheets.test/");
  await page.addStyleTag({
    content: `body{max-width:none!important;margin:0;padding:0!important;background:#fff}
    .sheets{gap:0!important;display:block!important}
    .sheets svg{box-shadow:none!important;content-visibility:visible!important}`,
  });
  await page.evaluate("document.fonts.ready.then(() => true)");
  const document = await pdfium.loadDocument(bytes);
  let differs = false;
  try {
    const sheets = page.locator(".sheets > svg[viewBox]");
    const count = document.getPageCount();
    if ((await sheets.count()) !== count) throw new Error(`${name}: pages are missing`);
    for (let i = 0; i < count; i++) {
      const pdf = await ofPdf(i);
      const svg = await ofSheet(page, i, pdf);
      const { mean, moved, most } = distanceOf(pdf, svg);
      const isFar = mean > MOST_MEAN || moved > MOST_MOVED;
      differs = differs || isFar;
      console.log(
        `${isFar ? "DIFFERS" : "same   "} ${name}, page ${i + 1}: ` +
          `mean ${mean.toFixed(2)}, moved ${(100 * moved).toFixed(3)} %, ` +
          `most ${most.toFixed(0)}, ` +
          `${Math.round(shown.length / 1024)} KB`,
      );
    }
  } finally {
    document.destroy();
  }
  return differs;

  async function ofPdf(index: number): Promise<Picture> {
    const { data, width, height } = await document
      .getPage(index)
      .render({ scale: SCALE, render: "bitmap" });
    const samples = new Uint8Array(3 * width * height);
    for (let i = 0; i < width * height; i++) {
      for (let j = 0; j < 3; j++) samples[3 * i + j] = data[4 * i + j] ?? 0;
    }
    const rows = Array.from({ length: height }, (_, y) => [
      0,
      ...samples.subarray(3 * width * y, 3 * width * (y + 1)),
    ]);
    const file = png({ width, height, depth: 8, color: 2, raw: rows.flat() });
    writeFileSync(`${out}/${fileOf(name)}-${index + 1}-pdf.png`, file);
    return { width, height, samples };
  }

  async function ofSheet(from: Page, index: number, { width, height }: Picture) {
    const sheet = from.locator(".sheets > svg[viewBox]").nth(index);
    // PDFium takes whole pixels, and fits the page into them.
    await sheet.evaluate((svg, size) => {
      svg.setAttribute("style", size);
      svg.setAttribute("preserveAspectRatio", "none");
    }, `width:${width}px;height:${height}px`);
    const box = await sheet.boundingBox();
    const clip = { x: box?.x ?? 0, y: box?.y ?? 0, width, height };
    const shot = await from.screenshot({ fullPage: true, clip });
    writeFileSync(`${out}/${fileOf(name)}-${index + 1}-preview.png`, shot);
    const { samples, components } = await decodePng(new Uint8Array(shot));
    if (components === 3) return { width, height, samples };
    return { width, height, samples: Uint8Array.from([...samples].flatMap((v) => [v, v, v])) };
  }
}

function fileOf(name: string): string {
  return name.replaceAll(/[ ,]+/g, "-");
}
