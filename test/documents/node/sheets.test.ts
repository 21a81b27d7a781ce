/** A preview has each glyph of the PDF's pages, at its place, and reads as the PDF does. */
import { describe, expect, it } from "vitest";
import { decodeLogo } from "../../../src/documents/logo/logo.ts";
import { sheetsHtml } from "../../../src/documents/render/html/preview.ts";
import { layOut } from "../../../src/documents/render/pdf/layout.ts";
import { renderPdf } from "../../../src/documents/render/pdf/render.ts";
import { RED_BLUE } from "../pictures.ts";
import { sampleInvoice } from "../render/pdf/sample.ts";
import { comparedDocuments } from "../sheets/samples.ts";
import { saidIn } from "../sheets/text.ts";
import { fontsFor, readShown } from "./read-pdf.ts";

type Placed = { character: string; x: number; y: number };

/** The characters of each page, from the page's bottom left corner as a PDF has them. */
function charactersOf(html: string): Placed[][] {
  return html
    .split("<svg viewBox=")
    .slice(1)
    .map((page) => {
      const height = Number(/^"0 0 [\d.]+ ([\d.]+)"/.exec(page)?.[1]);
      return [...page.matchAll(/<text([^>]*)>(.*?)<\/text>/gs)].flatMap(
        ([, head = "", text = ""]) => {
          const y = height - numberIn(head, "y");
          const spans = text.includes("<tspan")
            ? [...text.matchAll(/<tspan([^>]*)>(.*?)<\/tspan>/gs)]
            : [["", head, text]];
          return spans.flatMap(([, place = "", said = ""]) => {
            const xs = (/ x="([^"]*)"/.exec(place)?.[1] ?? "").split(" ").map(Number);
            const units = saidIn(`<i>${said}</i>`).length === said.length ? said : unescaped(said);
            return xs.map((x, i) => ({ character: units[i] ?? "", x, y }));
          });
        },
      );
    });
}

function numberIn(attributes: string, name: string): number {
  return Number(new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1]);
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

const NEAR = 0.06;
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

describe("a preview", async () => {
  const all = Object.entries(comparedDocuments(await decodeLogo(RED_BLUE)));
  const current = all.filter(([, { template }]) => template.version > 1);

  it.each(current)("has the text of the PDF where the PDF has it: %s", async (_, model) => {
    const fonts = await fontsFor(model);
    const html = sheetsHtml({ model, drawn: layOut(model, fonts), logo: null });
    const sheets = charactersOf(html);
    const pages = await readShown(await renderPdf(model, fonts));
    expect(sheets).toHaveLength(pages.length);
    const missing = pages.flatMap((boxes, i) =>
      boxes.filter(({ text, x, y }) => {
        const is = (one: Placed) => Math.abs(one.x - x) < NEAR && Math.abs(one.y - y) < NEAR;
        const found = (sheets[i] ?? []).filter(is);
        const first = text[0] ?? "";
        return !found.some(({ character }) => RIGHT_TO_LEFT.test(text) || character === first);
      }),
    );
    expect(missing).toEqual([]);
  });

  it("reads as the tagged PDF does, and hides what that does not read", async () => {
    const model = sampleInvoice({ status: "open" });
    const fonts = await fontsFor(model);
    const html = sheetsHtml({ model, drawn: layOut(model, fonts), logo: null });
    expect(html).toContain('<g role="heading" aria-level="2"><text');
    expect(html.match(/role="columnheader"/g)).toHaveLength(5);
    expect(html.match(/role="row"/g)?.length).toBeGreaterThan(10);
    expect(html).toContain('<g role="img" aria-label="Scan to pay">');
    expect(html).toContain('<a href="https://pay.acme.example/INV-2026-042" target="_blank"');
    const read = saidIn(html.replace(/<g aria-hidden="true">.*?<\/g>/gs, ""));
    expect(read).not.toContain("Page 1 of 1");
    expect(read.indexOf("Bill to")).toBeLessThan(read.indexOf("Description"));
    expect(read).toMatch(/^Amount due\n€12,359\.61$/m);
  });
});
