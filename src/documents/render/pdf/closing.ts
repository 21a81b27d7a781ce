/** Pure. What follows the totals: tax remarks, how to pay, notes, terms, and each page's foot. */
import { fill } from "../../language/format.ts";
import {
  asksForMoney,
  heroSentence,
  paymentEntries,
  paymentTitle,
  scanCaption,
  taxRemarks,
} from "../wording/wording.ts";
import { baselineIn, type Flow } from "./flow.ts";
import { boxAttribute, drawEntries, drawParagraph } from "./head.ts";
import { qrRuns } from "./qr.ts";
import { addElement } from "./structure.ts";
import { HAIRLINE, INK, STYLES } from "./theme.ts";

const QR_SIZE = 72;
const PAY_LEADING = 13;
const HEADING_HEIGHT = 16;

/** Draws tax remarks, payment, notes, terms and footer text below the totals. */
export function drawClosing(flow: Flow): void {
  flow.y += 12;
  drawRemarks(flow);
  drawPayment(flow);
  const { notes, terms, footer } = flow.model;
  drawTextBlock(flow, flow.labels.notes, notes);
  drawTextBlock(flow, flow.labels.terms, terms);
  drawTextBlock(flow, null, footer);
}

function drawRemarks(flow: Flow): void {
  const unique = taxRemarks(flow);
  if (unique.length === 0) return;
  const lines = unique.flatMap((text) => flow.wrap(text, STYLES.muted, flow.width));
  drawParagraph(flow, addElement(flow.root, "P"), lines);
  flow.y += 12;
}

function drawPayment(flow: Flow): void {
  const { model } = flow;
  const { payment } = model;
  if (!payment || !asksForMoney(model)) return;
  const entries = paymentEntries(flow, payment);
  const textHeight = HEADING_HEIGHT + entries.length * PAY_LEADING;
  flow.need(Math.max(payment.qr ? QR_SIZE : 0, textHeight));
  const top = flow.y;
  const section = addElement(flow.root, "Sect");
  const x = payment.qr ? flow.left + QR_SIZE + 16 : flow.left;
  const heading = flow.line(paymentTitle(flow, payment), STYLES.heading);
  flow.canvas.mark(addElement(section, "H2"), () => {
    flow.canvas.text(heading, x, baselineIn(top, 12, 8.5));
  });
  // Beside the code and its heading, where it takes no line of the page.
  const caption = scanCaption(flow, payment);
  if (caption !== null) {
    const line = flow.line(caption, STYLES.secondary);
    flow.canvas.mark(addElement(section, "P"), () => {
      flow.canvas.text(line, x + heading.widthPt + 10, baselineIn(top, 12, 8.5));
    });
  }
  flow.y = top + HEADING_HEIGHT;
  const width = flow.right - x;
  drawEntries(flow, entries, { x, width, leading: PAY_LEADING }, section);
  if (payment.qr) drawQr(flow, payment.qr.payload, top);
  flow.y = Math.max(flow.y, payment.qr ? top + QR_SIZE : 0) + 18;
}

function drawQr(flow: Flow, payload: string, top: number): void {
  const { runs, size } = qrRuns(payload);
  const box = { x: flow.left, y: top, width: QR_SIZE, height: QR_SIZE };
  const figure = addElement(flow.root, "Figure", {
    alt: flow.labels.scanToPay,
    attributes: boxAttribute(flow, box),
  });
  flow.canvas.mark(figure, () => {
    flow.canvas.cells(runs, flow.left, top, QR_SIZE / size, INK);
  });
}

function drawTextBlock(flow: Flow, heading: string | null, text: string | null): void {
  if (!text) return;
  const section = addElement(flow.root, "Sect");
  const lines = flow.wrap(text, heading ? STYLES.body : STYLES.muted, flow.width);
  if (heading) {
    const line = flow.line(heading, STYLES.heading);
    flow.need(HEADING_HEIGHT + Math.min(2, lines.length) * PAY_LEADING);
    flow.canvas.mark(addElement(section, "H2"), () => {
      flow.canvas.text(line, flow.left, baselineIn(flow.y, 12, 8.5));
    });
    flow.y += HEADING_HEIGHT - 2;
  }
  drawParagraph(flow, addElement(section, "P"), lines);
  flow.y += 12;
}

/** Drawn last, when the number of pages is known. */
export function drawFeet(flow: Flow): void {
  const { labels, model, canvases } = flow;
  const summary = footSummary(flow);
  canvases.forEach((canvas, i) => {
    const values = { page: `${i + 1}`, pages: `${canvases.length}` };
    const page = flow.line(fill(labels.page, values), STYLES.running);
    const y = canvas.height - model.page.marginPt - 14;
    canvas.artifact("Pagination", () => {
      canvas.rectangle(flow.left, y, flow.width, 0.5, HAIRLINE);
      canvas.text(page, flow.right - page.widthPt, baselineIn(y + 3, 11, 7.5));
      const room = flow.width - page.widthPt - 16;
      const left = flow.wrap(summary, STYLES.running, room)[0];
      if (left) canvas.text(left, flow.left, baselineIn(y + 3, 11, 7.5));
    });
  });
}

function footSummary(flow: Flow): string {
  const { number } = flow.model;
  return number === null ? heroSentence(flow) : `${number} · ${heroSentence(flow)}`;
}
