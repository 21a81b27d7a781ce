/** Pure. A document's model to its pages, and to the bytes of its PDF. */
import type { DocumentModel } from "../../model/model.ts";
import type { FontSet } from "../pdf/text.ts";
import { writePdf } from "../pdf/writer.ts";
import { drawClosing, drawFeet } from "./closing.ts";
import { Flow } from "./flow.ts";
import { drawHead, LOGO_RESOURCE } from "./head.ts";
import { drawTable } from "./line-table.ts";
import { drawTotals, totalsHeight } from "./totals.ts";
import { drawUsage } from "./usage.ts";
import { titleText } from "./wording.ts";

/** The pages of a model, drawn. */
export function layOut(model: DocumentModel, fonts: FontSet): Flow {
  const flow = new Flow(model, fonts);
  drawHead(flow);
  drawTable(flow, totalsHeight(flow));
  drawTotals(flow);
  drawClosing(flow);
  drawUsage(flow);
  drawFeet(flow);
  return flow;
}

/** The PDF of a model; the same model and fonts give the same bytes. */
export async function renderPdf(model: DocumentModel, fonts: FontSet): Promise<Uint8Array> {
  const flow = layOut(model, fonts);
  const { logo } = model.branding;
  return writePdf({
    canvases: flow.canvases,
    pool: flow.pool,
    root: flow.root,
    logo: logo ? { resource: LOGO_RESOURCE, image: logo } : null,
    metadata: {
      title: titleText(flow),
      author: model.seller.name,
      language: flow.format.locale,
      createdAt: `${model.dates.issued}T00:00:00Z`,
      facturX: model.facturX === null ? null : "factur-x.xml",
    },
    attachment:
      model.facturX === null
        ? null
        : { name: "factur-x.xml", text: model.facturX, description: titleText(flow) },
  });
}
