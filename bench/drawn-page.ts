/**
 * The same page as ours by pdf-lib alone: every text and rectangle where our layout puts it, by
 * drawText and drawRectangle; each text is measured once, as whoever aligns or wraps it must. It is
 * spared the tags, the QR code and the e-invoice. Its Inter is the one that is published: ours has
 * lost the features that fontkit would spend its time on.
 */
import interRegular from "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf";
import interMedium from "@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf";
import interSemiBold from "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf";
import fontkit from "@pdf-lib/fontkit";
import { PDFDocument, type PDFFont, rgb, StandardFonts } from "pdf-lib";
import type { DocumentModel } from "../src/documents/model/model.ts";
import { Canvas } from "../src/documents/render/pdf/canvas.ts";
import { FONTS } from "../src/documents/render/pdf/font-set.ts";
import { renderPdf } from "../src/documents/render/pdf/render.ts";
import type { Color, Weight } from "../src/documents/render/pdf/text.ts";

type Place = { page: number; x: number; y: number; color: Color };
type Drawn =
  | (Place & { text: string; size: number; weight: Weight })
  | (Place & { width: number; height: number });
export type DrawnPages = { sizes: [number, number][]; drawn: Drawn[] };

/** What our renderer draws for a model; y grows upwards. */
export async function drawnPages(model: DocumentModel): Promise<DrawnPages> {
  const pages: DrawnPages = { sizes: [], drawn: [] };
  const { text, rectangle } = Canvas.prototype;
  const placed = (canvas: Canvas, x: number, y: number, color: Color): Place => {
    pages.sizes[canvas.index] = [canvas.width, canvas.height];
    return { page: canvas.index, x, y: canvas.height - y, color };
  };
  Canvas.prototype.text = function (line, x, baseline) {
    const { style, codes } = line.shaped;
    const content = String.fromCodePoint(...codes.slice(line.from, line.to));
    const { size, weight, color } = style;
    pages.drawn.push({ ...placed(this, x, baseline, color), text: content, size, weight });
    text.call(this, line, x, baseline);
  };
  Canvas.prototype.rectangle = function (x, y, width, height, color) {
    pages.drawn.push({ ...placed(this, x, y + height, color), width, height });
    rectangle.call(this, x, y, width, height, color);
  };
  await renderPdf(model, FONTS);
  Object.assign(Canvas.prototype, { text, rectangle });
  return pages;
}

/** Draws them in Inter, embedded as subsets by fontkit, or in Helvetica, which is not embedded. */
export async function drawByPdfLib(
  { sizes, drawn }: DrawnPages,
  family: "inter" | "helvetica",
): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const fonts = family === "inter" ? await embedInter(pdf) : await useHelvetica(pdf);
  const pages = sizes.map((size) => pdf.addPage(size));
  for (const item of drawn) {
    const { x, y, page, color } = item;
    const at = { x, y, color: rgb(...color) };
    if ("text" in item) {
      const [font, size] = [fonts[item.weight], item.size];
      if (font.widthOfTextAtSize(item.text, size) > 0) {
        pages[page]?.drawText(item.text, { ...at, size, font });
      }
    } else pages[page]?.drawRectangle({ ...at, width: item.width, height: item.height });
  }
  return pdf.save();
}

async function embedInter(pdf: PDFDocument): Promise<Record<Weight, PDFFont>> {
  pdf.registerFontkit(fontkit);
  return {
    regular: await pdf.embedFont(interRegular, { subset: true }),
    medium: await pdf.embedFont(interMedium, { subset: true }),
    semibold: await pdf.embedFont(interSemiBold, { subset: true }),
  };
}

async function useHelvetica(pdf: PDFDocument): Promise<Record<Weight, PDFFont>> {
  const regular = await pdf.embedFont(StandardFonts.Helvetica);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  return { regular, medium: bold, semibold: bold };
}
