/**
 * Renders what it is sent, as often as it is asked: POST /?as=ours&times=100 with a model. Time
 * does not pass inside a Worker that computes, so whoever asks measures, and takes off `times=0`.
 */

import arabic from "../public/fonts/NotoSansArabic.ttf";
import arabicBold from "../public/fonts/NotoSansArabic-SemiBold.ttf";
import devanagari from "../public/fonts/NotoSansDevanagari.ttf";
import devanagariBold from "../public/fonts/NotoSansDevanagari-SemiBold.ttf";
import type { DocumentModel } from "../src/documents/model/model.ts";
import { ciiXml } from "../src/documents/render/einvoice/cii.ts";
import { fontsFor } from "../src/documents/render/pdf/font-set.ts";
import { renderPdf } from "../src/documents/render/pdf/render.ts";
import { drawByPdfLib, drawnPages } from "./drawn-page.ts";

const FILES: Readonly<Record<string, ArrayBuffer>> = {
  "NotoSansArabic-SemiBold": arabicBold,
  NotoSansArabic: arabic,
  "NotoSansDevanagari-SemiBold": devanagariBold,
  NotoSansDevanagari: devanagari,
};

/** The static assets, without the way to them. */
const ASSETS = {
  async fetch(address: RequestInfo | URL): Promise<Response> {
    const name = /([^/]+)\.ttf$/.exec(`${address}`)?.[1] ?? "";
    const file = FILES[name];
    return file ? new Response(file) : new Response(null, { status: 404 });
  },
};

export type Renderer = "ours" | "inter" | "helvetica";

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const model = await request.json<DocumentModel>();
    const render = await rendererOf(searchParams.get("as") as Renderer, model);
    let bytes = 0;
    for (let i = 0; i < Number(searchParams.get("times")); i++) bytes = (await render(i)).length;
    return Response.json({ bytes });
  },
};

/** Each document of a run has another number; ours carries its e-invoice. */
async function rendererOf(as: Renderer, model: DocumentModel) {
  if (as === "ours") {
    return async (i: number) => {
      const numbered = { ...model, number: `INV-2026-${i}` };
      const fonts = await fontsFor(numbered, ASSETS);
      return renderPdf({ ...numbered, facturX: ciiXml(numbered) }, fonts);
    };
  }
  const pages = await drawnPages(model);
  return () => drawByPdfLib(pages, as);
}
