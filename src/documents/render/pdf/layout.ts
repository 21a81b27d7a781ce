/**
 * Pure. A document's pages, in the widest density unless a closer one spares a page. A try costs
 * no more than drawing: its texts are shaped once for all tries of a size of type.
 */
import type { DocumentModel } from "../../model/model.ts";
import { heroSentence, titleText, wordsOf } from "../wording/wording.ts";
import { afterLines, drawClosing, measureClosing } from "./closing.ts";
import { DENSITIES, type Density, ROOMY } from "./density.ts";
import { Flow, keepTexts, type Texts, takeTexts } from "./flow.ts";
import { drawFeet } from "./foot.ts";
import { drawHead } from "./head.ts";
import { drawTable } from "./line-table.ts";
import type { FontSet } from "./text.ts";
import { drawUsage, usageHeight } from "./usage.ts";

/** Documents of more lines are not set in the closest density. */
const FEW_LINES = 6;
/** Nor are those of more pages tried in any other. */
const MOST_PAGES = 4;

/** The pages of a model, drawn. */
export function layOut(model: DocumentModel, fonts: FontSet): Flow {
  const texts = takeTexts(fonts);
  const widest = drawPages(model, texts, ROOMY);
  const pages = widest.canvases.length;
  let best = widest;
  if (pages > 1 && pages <= MOST_PAGES) {
    const some = model.lines.length > FEW_LINES ? DENSITIES.slice(1, -1) : DENSITIES.slice(1);
    for (const density of some) {
      if (neededShare(widest) < density.least) continue;
      const tried = drawPages(model, texts, density);
      if (tried.canvases.length < pages) {
        best = tried;
        break;
      }
    }
  }
  drawFeet(best, summaryOf(best));
  keepTexts(texts);
  return best;
}

/** The document and what is due, as each page's foot says it. */
function summaryOf(flow: Flow): string {
  const { number } = flow.model;
  const sentence = heroSentence(flow);
  return number === null ? sentence : `${number} · ${sentence}`;
}

/** The share to which all content would have to shrink for one page less. */
function neededShare(flow: Flow): number {
  const pages = flow.canvases.length - 1;
  const room = flow.bottom - flow.top + (pages - 1) * flow.pageRoom;
  return room / (flow.filled + flow.y - flow.pageTop);
}

function drawPages(model: DocumentModel, texts: Texts, density: Density): Flow {
  const flow = new Flow(model, titleText(wordsOf(model)), texts, density);
  drawHead(flow);
  const closing = measureClosing(flow);
  const charts = usageHeight(flow);
  drawTable(flow, afterLines(flow, closing, charts));
  drawClosing(flow, closing, charts);
  drawUsage(flow);
  return flow;
}
