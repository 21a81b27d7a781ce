/** Pure. The first page's upper part: title, status, logo, dates, parties, the sum in words. */
import type { DocumentModel } from "../../model/model.ts";
import {
  type Entry,
  headingText,
  heroSentence,
  metaEntries,
  partyBlocks,
} from "../wording/wording.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { addElement, type Element } from "./structure.ts";
import type { TextLine } from "./text.ts";
import { PILLS, STYLES } from "./theme.ts";

export const LOGO_RESOURCE = "Logo";
const LOGO_MAX = { width: 150, height: 44 };
const LEADING = 13;
const META_LEADING = 14;
const COLUMN_GAP = 16;

/** Draws the first page down to the lines: title, dates, parties, the large sentence, the memo. */
export function drawHead(flow: Flow): void {
  drawTitle(flow);
  drawMeta(flow);
  drawParties(flow);
  drawHero(flow);
  drawMemo(flow);
}

function drawTitle(flow: Flow): void {
  const { model, canvas, theme } = flow;
  const top = flow.y;
  const logo = logoSize(model);
  const title = flow.line(headingText(flow), theme.title);
  const height = 26;
  canvas.mark(addElement(flow.root, "H1"), () => {
    canvas.text(title, flow.left, baselineIn(top, height, 20));
  });
  if (model.status) drawPill(flow, flow.left + title.widthPt + 10, top + 5.5);
  if (logo) {
    const figure = addElement(flow.root, "Figure", {
      alt: model.seller.name,
      attributes: boxAttribute(flow, { x: flow.right - logo.width, y: top, ...logo }),
    });
    canvas.mark(figure, () => {
      canvas.image(LOGO_RESOURCE, flow.right - logo.width, top, logo.width, logo.height);
    });
  }
  flow.y = top + height + 10;
}

/** Where a figure stands, for readers that show figures alone (ISO 32000-1, 14.8.5.4.3). */
export function boxAttribute(
  flow: Flow,
  box: { x: number; y: number; width: number; height: number },
): string {
  const bottom = flow.canvas.height - box.y - box.height;
  const corners = [box.x, bottom, box.x + box.width, bottom + box.height];
  return `/O/Layout/BBox[${corners.map((value) => Math.round(value * 100) / 100).join(" ")}]`;
}

function logoSize({ branding }: DocumentModel): { width: number; height: number } | null {
  if (!branding.logo) return null;
  const { widthPx, heightPx } = branding.logo;
  const scale = Math.min(LOGO_MAX.width / widthPx, LOGO_MAX.height / heightPx);
  return { width: widthPx * scale, height: heightPx * scale };
}

function drawPill(flow: Flow, x: number, y: number): void {
  const { model, labels, canvas } = flow;
  if (!model.status) return;
  const { ink, tint } = PILLS[model.status];
  const text = flow.line(labels.status[model.status], {
    weight: "semibold",
    size: 7.5,
    color: ink,
  });
  const height = 15;
  canvas.artifact("Layout", () => {
    canvas.rounded(x, y, { width: text.widthPt + 12, height }, 3, tint);
  });
  canvas.mark(addElement(flow.root, "P"), () => {
    canvas.text(text, x + 6, baselineIn(y, height, 7.5));
  });
}

function drawMeta(flow: Flow): void {
  const logo = logoSize(flow.model);
  const room = logo ? flow.width - logo.width - 24 : flow.width;
  drawEntries(flow, metaEntries(flow), { x: flow.left, width: room, leading: META_LEADING });
  flow.y += 20;
}

/** Labels and values in two columns, as a list. */
export function drawEntries(
  flow: Flow,
  entries: readonly Entry[],
  at: { x: number; width: number; leading: number },
  parent: Element = flow.root,
): void {
  const labelLimit = at.width * 0.45;
  const shaped = entries.map(({ label, value, strong }) => ({
    labels: flow.wrap(label, STYLES.label, labelLimit),
    value,
    style: strong ? STYLES.number : STYLES.value,
  }));
  const widest = Math.max(0, ...shaped.flatMap(({ labels }) => labels.map((l) => l.widthPt)));
  const valueX = at.x + Math.max(widest + 16, 84);
  const list = addElement(parent, "L");
  for (const { labels, value, style } of shaped) {
    const values = flow.wrap(value, style, at.x + at.width - valueX);
    const lines = Math.max(labels.length, values.length);
    flow.need(lines * at.leading);
    const { canvas, y } = flow;
    const item = addElement(list, "LI");
    canvas.mark(addElement(item, "Lbl"), () => {
      drawLines(canvas, labels, { x: at.x, y, leading: at.leading });
    });
    canvas.mark(addElement(item, "LBody"), () => {
      drawLines(canvas, values, { x: valueX, y, leading: at.leading });
    });
    flow.y += lines * at.leading;
  }
}

function drawParties(flow: Flow): void {
  const width = (flow.width - 2 * COLUMN_GAP) / 3;
  const top = flow.y;
  let lowest = top;
  partyBlocks(flow).forEach(({ head, name, rest }, i) => {
    const x = flow.left + i * (width + COLUMN_GAP);
    const section = addElement(flow.root, "Sect");
    flow.y = top;
    drawBlock(flow, addElement(section, "H2"), flow.wrap(head, STYLES.heading, width), x);
    flow.y += 1;
    const lines = [
      ...(name === null ? [] : flow.wrap(name, STYLES.body, width)),
      ...rest.flatMap((text) => flow.wrap(text, STYLES.muted, width)),
    ];
    drawBlock(flow, addElement(section, "P"), lines, x);
    lowest = Math.max(lowest, flow.y);
  });
  flow.y = lowest + 18;
}

function drawBlock(flow: Flow, element: Element, lines: readonly TextLine[], x: number): void {
  const { canvas, y } = flow;
  canvas.mark(element, () => drawLines(canvas, lines, { x, y, leading: LEADING }));
  flow.y += lines.length * LEADING;
}

function drawHero(flow: Flow): void {
  const lines = flow.wrap(heroSentence(flow), STYLES.hero, flow.width);
  flow.need(lines.length * 20 + 20);
  const { canvas, y } = flow;
  canvas.mark(addElement(flow.root, "P"), () => {
    drawLines(canvas, lines, { x: flow.left, y, leading: 20 });
  });
  flow.y += lines.length * 20;
  drawPayLink(flow);
  flow.y += 12;
}

function drawPayLink(flow: Flow): void {
  const { model, labels, canvas, theme } = flow;
  const url = model.payment?.url;
  if (!url || BigInt(model.totals.dueMinor) <= 0n) return;
  const style = { weight: "medium", size: 9, color: theme.accent } as const;
  const line = flow.line(labels.payOnline, style);
  const y = flow.y + 3;
  const link = addElement(addElement(flow.root, "P"), "Link");
  canvas.mark(link, () => canvas.text(line, flow.left, baselineIn(y, 14, 9)));
  canvas.artifact("Layout", () => {
    canvas.rectangle(flow.left, y + 12.4, line.widthPt, 0.6, theme.accent);
  });
  const box = { x: flow.left, y, width: line.widthPt, height: 14 };
  canvas.link(link, url, labels.payOnline, box);
  flow.y = y + 14;
}

function drawMemo(flow: Flow): void {
  const { memo } = flow.model;
  if (!memo) return;
  const lines = flow.wrap(memo, STYLES.body, flow.width);
  drawParagraph(flow, addElement(flow.root, "P"), lines);
  flow.y += 12;
}

/** Lines that may go over a page's end, never leaving one line alone. */
export function drawParagraph(flow: Flow, element: Element, lines: readonly TextLine[]): void {
  for (let from = 0; from < lines.length; ) {
    flow.need(Math.min(2, lines.length - from) * LEADING);
    let count = Math.max(1, Math.floor(flow.room / LEADING));
    if (lines.length - from - count === 1 && count > 2) count -= 1;
    const part = lines.slice(from, from + count);
    drawBlock(flow, element, part, flow.left);
    from += part.length;
    if (from < lines.length) flow.breakPage();
  }
}
