/** Pure. What a preview says, line after line: of one that was answered, or of a model. */
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { previewHtml } from "../../../src/documents/render/html/preview.ts";
import { layOut } from "../../../src/documents/render/pdf/layout.ts";
import type { FontSet } from "../../../src/documents/render/pdf/text.ts";

/** A model's preview, without a picture. */
export function previewOf(model: DocumentModel, fonts: FontSet): string {
  return previewHtml({ model, drawn: layOut(model, fonts), logo: null }, "");
}

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** The texts of its pages in the order of the file, those of one element in one line. */
export function saidIn(html: string): string {
  return html
    .replace(/<style>.*?<\/style>/gs, "")
    .replace(/<\/text><text[^>]*>/g, "")
    .replace(/<tspan[^>]*>|<\/tspan>/g, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/&(?:amp|lt|gt|quot);/g, (one) => ENTITIES[one] ?? one)
    .replace(/\n[ \n]*/g, "\n")
    .trim();
}
