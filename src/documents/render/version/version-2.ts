/** Pure. The pages of documents that are finalised now. */
import type { DocumentModel } from "../../model/model.ts";
import { eInvoiceXml, missingFields } from "../pack/write.ts";
import { layOut } from "../pdf/layout.ts";
import { renderPdf } from "../pdf/render.ts";

/** Its `PageVersion`. */
export const version2 = {
  layOut,
  renderPdf,
  carriedXml: (issued: DocumentModel) =>
    missingFields(issued, "cii").length === 0 ? eInvoiceXml(issued, "cii") : null,
};
