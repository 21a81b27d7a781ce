/** Pure. A document's model to the bytes of its PDF. */
import type { DocumentModel } from "../../model/model.ts";
import { titleText } from "../wording/wording.ts";
import { LOGO_RESOURCE } from "./head.ts";
import { layOut } from "./layout.ts";
import type { FontSet } from "./text.ts";
import { writePdf } from "./writer.ts";

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
