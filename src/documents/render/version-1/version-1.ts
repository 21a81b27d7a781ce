/**
 * Pure. The first version of the pages, as it stood when the last document was finalised by it:
 * nothing in this folder changes, and neither may what it takes from others, as
 * `test/documents/render/version-1.test.ts` says.
 */
import type { DocumentModel } from "../../model/model.ts";
import { ciiXml } from "./cii.ts";
import { missingFields } from "./gaps.ts";
import { layOut, renderPdf } from "./render.ts";

/** Its `PageVersion`. */
export const version1 = {
  layOut,
  renderPdf,
  carriedXml: (issued: DocumentModel) =>
    missingFields(issued).length === 0 ? ciiXml(issued) : null,
};
