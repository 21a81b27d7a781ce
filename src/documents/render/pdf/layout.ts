/**
 * Pure. A document's pages, in the widest density unless a closer one spares a page. A try costs
 * no more than drawing: its texts are shaped once for all tries of a size of type.
 */
import type { DocumentModel } from "../../model/model.ts";
import { drawClosing, leastClosing, measureClosing } from "./closing.ts";
import { DENSITIES, type Density, ROOMY } from "./density.ts";
import { Flow, Texts } from "./flow.ts";
import { drawFeet } from "./foot.ts";
import { drawHead } from "./head.ts";
import { drawTable } from "./line-table.ts";
import type { FontSet } from "./text.ts";
import { drawUsage } from "./usage.ts";

/** More lines than these take their pages; closer setting spares them none that is full. */
const FEW_LINES = 6;
/** How full the last page may be for closer setting to be tried, of few lines and of more. */
const MOST_OF_FEW = 0.85;
const MOST_OF_MORE = 0.3;
/** Documents of more pages are tried once. */
const MOST_PAGES = 4;

/** The pages of a model, drawn. */
export function layOut(model: DocumentModel, fonts: FontSet): Flow {
  const texts = new Texts(fonts);
  const widest = drawPages(model, texts, ROOMY);
  let best = widest;
  if (isWorthTrying(model, widest)) {
    for (const density of DENSITIES.slice(1)) {
      const tried = drawPages(model, texts, density);
      if (tried.canvases.length < best.canvases.length) best = tried;
      if (best.canvases.length === 1 || tried.canvases.length < widest.canvases.length) break;
    }
  }
  drawFeet(best);
  return best;
}

function isWorthTrying(model: DocumentModel, flow: Flow): boolean {
  const { length } = flow.canvases;
  if (length === 1 || length > MOST_PAGES) return false;
  const full = (flow.y - flow.pageTop) / flow.pageRoom;
  return full <= (model.lines.length <= FEW_LINES ? MOST_OF_FEW : MOST_OF_MORE);
}

function drawPages(model: DocumentModel, texts: Texts, density: Density): Flow {
  const flow = new Flow(model, texts, density);
  drawHead(flow);
  const closing = measureClosing(flow);
  drawTable(flow, { totals: closing.totals.height, all: leastClosing(flow, closing) });
  drawClosing(flow, closing);
  drawUsage(flow);
  return flow;
}
