/** Pure. Each page's foot: the document and what is due, the page's number, the issuer's lines. */
import { fill } from "../../language/format.ts";
import type { Sheet } from "../../model/model.ts";
import { baselineIn, drawLines, type Flow, FOOT_LEADING } from "./flow.ts";
import { addElement } from "./structure.ts";
import { HAIRLINE } from "./theme.ts";

/** Drawn last, when the number of pages is known; the issuer's lines are read once, at the end. */
export function drawFeet(flow: Flow<Sheet>, summary: string): void {
  const { labels, canvases, styles, footLines, left } = flow;
  const y = flow.footTop;
  canvases.forEach((canvas, i) => {
    const values = { page: `${i + 1}`, pages: `${canvases.length}` };
    const page = flow.line(fill(labels.page, values), styles.running);
    const own = { x: left, y: y + 13, leading: FOOT_LEADING };
    const isLast = i === canvases.length - 1;
    canvas.artifact("Pagination", () => {
      canvas.rectangle(left, y, flow.width, 0.5, HAIRLINE);
      canvas.text(page, flow.right - page.widthPt, baselineIn(y + 2, 11, 7.5));
      const room = flow.width - page.widthPt - 16;
      const said = flow.wrap(summary, styles.running, room)[0];
      if (said) canvas.text(said, left, baselineIn(y + 2, 11, 7.5));
      if (!isLast) drawLines(canvas, footLines, own);
    });
    if (isLast && footLines.length > 0) {
      canvas.mark(addElement(flow.root, "P"), () => drawLines(canvas, footLines, own));
    }
  });
}
