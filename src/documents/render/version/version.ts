/**
 * Pure. The versions of the product's pages. A document is printed by the version of the day on
 * which it was finalised, so that a PDF that was lost is made again to the same bytes: a version
 * that has issued documents changes no more. An earlier one is read only when it is asked for.
 */
import type { DocumentModel, TemplateVersion } from "../../model/model.ts";
import type { FontSet } from "../pdf/text.ts";
import type { DrawnPages } from "../svg/sheets.ts";
import { newest } from "./newest.ts";

export type PageVersion = {
  /** A model's pages, drawn: what its PDF and its preview are made of. */
  layOut(model: DocumentModel, fonts: FontSet): DrawnPages;
  /** The PDF of a model; the same model and fonts give the same bytes. */
  renderPdf(model: DocumentModel, fonts: FontSet): Promise<Uint8Array>;
  /** The CII that each rendition of a document carries; null where its data do not suffice. */
  carriedXml(issued: DocumentModel): string | null;
};

const VERSIONS: Record<TemplateVersion, () => Promise<PageVersion>> = {
  1: () => import("../version-1/version-1.ts").then(({ version1 }) => version1),
  // The two differ in one way of writing: `formatterOf` in documents/language/format.ts.
  2: async () => newest,
  3: async () => newest,
};

/** The version that prints a document. */
export function versionOf({ template }: Pick<DocumentModel, "template">): Promise<PageVersion> {
  return VERSIONS[template.version]();
}
