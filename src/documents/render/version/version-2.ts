/** Pure. The pages of documents that are finalised now. */
import type { DocumentModel } from "../../model/model.ts";
import { ciiXml } from "../einvoice/cii.ts";
import { missingFields } from "../einvoice/gaps.ts";
import { renderPdf } from "../pdf/render.ts";

/** Its `PageVersion`. */
export const version2 = {
  renderPdf,
  carriedXml: (issued: DocumentModel) =>
    missingFields(issued, "cii").length === 0 ? ciiXml(issued) : null,
};
