/** Pure. The pages of documents that are finalised now, and of those of the version before. */
import type { DocumentModel } from "../../model/model.ts";
import { eInvoiceXml, missingFields } from "../pack/write.ts";
import { layOut } from "../pdf/layout.ts";
import { renderPdf } from "../pdf/render.ts";

/** The `PageVersion` of the second and the third. */
export const newest = {
  layOut,
  renderPdf,
  carriedXml: (issued: DocumentModel) =>
    missingFields(issued, "cii").length === 0 ? eInvoiceXml(issued, "cii") : null,
};
