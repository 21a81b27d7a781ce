/** Pure. The first page's upper part: title, status, logo, parties, dates, the sum in words. */
import type { ShownStatus } from "../../kind/status.ts";
import type { Sheet } from "../../model/model.ts";
import { STANDING_JOINT } from "../wording/standing.ts";
import {
  headingText,
  heroSentence,
  metaEntries,
  type PartyBlock,
  partyBlocks,
} from "../wording/wording.ts";
import { type Column, drawColumns, hasCuts, heightOf, newFragment, type Piece } from "./columns.ts";
import { entriesWidth, entryPieces } from "./entries.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { addElement, type Element } from "./structure.ts";
import type { TextLine } from "./text.ts";
import { PILLS } from "./theme.ts";

export const LOGO_RESOURCE = "Logo";
const LOGO_MAX = { width: 150, height: 44 };
const TITLE_HEIGHT = 26;
const COLUMN_GAP = 16;
/** Of the dates and references beside the parties. */
const LEAST_META = 0.32;
const MOST_META = 0.46;

/** Draws the first page down to the lines: title, parties, dates, the large sentence, the memo. */
export function drawHead(flow: Flow): void {
  drawTitle(flow, headingText(flow), flow.model.status);
  drawColumns(flow, headColumns(flow));
  flow.y += flow.gap(22);
  drawHero(flow);
  drawMemo(flow);
}

/** The title with the logo at its right, and the status where there is one. */
export function drawTitle(
  flow: Flow<Sheet>,
  heading: string,
  status: ShownStatus | null = null,
): void {
  const { model, canvas, theme } = flow;
  const top = flow.y;
  const logo = logoSize(model);
  const title = flow.line(heading, theme.title);
  canvas.mark(addElement(flow.root, "H1"), () => {
    canvas.text(title, flow.left, baselineIn(top, TITLE_HEIGHT, theme.title.size));
  });
  if (status) drawPill(flow, status, flow.left + title.widthPt + 10, top + 5.5);
  if (logo) {
    const figure = addElement(flow.root, "Figure", {
      alt: model.seller.name,
      attributes: boxAttribute(flow, { x: flow.right - logo.width, y: top, ...logo }),
    });
    canvas.mark(figure, () => {
      canvas.image(LOGO_RESOURCE, flow.right - logo.width, top, logo.width, logo.height);
    });
  }
  flow.y = top + Math.max(TITLE_HEIGHT, logo?.height ?? 0) + flow.gap(14);
}

/** Where a figure stands, for readers that show figures alone (ISO 32000-1, 14.8.5.4.3). */
export function boxAttribute(
  flow: Flow<Sheet>,
  box: { x: number; y: number; width: number; height: number },
): string {
  const bottom = flow.canvas.height - box.y - box.height;
  const left = flow.canvas.leftOf(box.x, box.width);
  const corners = [left, bottom, left + box.width, bottom + box.height];
  return `/O/Layout/BBox[${corners.map((value) => Math.round(value * 100) / 100).join(" ")}]`;
}

function logoSize({ branding }: Sheet): { width: number; height: number } | null {
  if (!branding.logo) return null;
  const { widthPx, heightPx } = branding.logo;
  const scale = Math.min(LOGO_MAX.width / widthPx, LOGO_MAX.height / heightPx);
  return { width: widthPx * scale, height: heightPx * scale };
}

function drawPill(flow: Flow<Sheet>, status: ShownStatus, x: number, y: number): void {
  const { labels, canvas } = flow;
  const { text: style, tint } = PILLS[status];
  const text = flow.line(labels.status[status], style);
  const height = 15;
  canvas.artifact("Layout", () => {
    canvas.rounded(x, y, { width: text.widthPt + 12, height }, 3, tint);
  });
  canvas.mark(addElement(flow.root, "P"), () => {
    canvas.text(text, x + 6, baselineIn(y, height, 7.5));
  });
}

/**
 * Parties and dates in whichever way is lower: all beside each other, with the place of delivery
 * under the buyer, or the dates in two columns above the parties.
 */
function headColumns(flow: Flow): Column[] {
  const blocks = partyBlocks(flow);
  const beside = columnsBeside(flow, blocks);
  const { top, below } = columnsAbove(flow, blocks);
  const above = tallest(top) + flow.gap(20) + tallest(below);
  const whole = !hasCuts(beside);
  if (whole === !hasCuts([...top, ...below]) ? tallest(beside) <= above : whole) return beside;
  drawColumns(flow, top);
  flow.y += flow.gap(20);
  return below;
}

function tallest(columns: readonly Column[]): number {
  return columns.reduce((most, { pieces }) => Math.max(most, heightOf(pieces)), 0);
}

function columnsBeside(flow: Flow, blocks: readonly PartyBlock[]): Column[] {
  const [seller, ...others] = blocks;
  const entries = metaEntries(flow);
  const share = (part: number) => (flow.width - 2 * COLUMN_GAP) * part;
  const meta = Math.min(share(MOST_META), Math.max(share(LEAST_META), entriesWidth(flow, entries)));
  const width = (flow.width - 2 * COLUMN_GAP - meta) / 2;
  const columns = [seller ? [seller] : [], others].map((some, i) =>
    partyColumn(flow, some, { x: flow.left + i * (width + COLUMN_GAP), width }),
  );
  const fragment = newFragment();
  const pieces = entryPieces(flow, entries, fragment, { width: meta });
  return [...columns, { x: flow.right - meta, pieces, fragment }];
}

function columnsAbove(flow: Flow, blocks: readonly PartyBlock[]) {
  const entries = metaEntries(flow);
  const middle = Math.ceil(entries.length / 2);
  const halves = [entries.slice(0, middle), entries.slice(middle)];
  const half = (flow.width - COLUMN_GAP) / 2;
  const [first = 0, second = 0] = halves.map((some) => entriesWidth(flow, some));
  // One that is wider than half takes what the other leaves.
  const fits = first + COLUMN_GAP + second <= flow.width;
  const least = fits && second > half ? flow.width - COLUMN_GAP - second : half;
  const widths = [fits ? Math.max(first, least) : half];
  widths.push(flow.width - COLUMN_GAP - (widths[0] ?? 0));
  const top = halves.flatMap((some, i) => {
    if (some.length === 0) return [];
    const width = widths[i] ?? half;
    const fragment = newFragment();
    const pieces = entryPieces(flow, some, fragment, { width });
    return [{ x: i === 0 ? flow.left : flow.right - width, pieces, fragment }];
  });
  const width = (flow.width - 2 * COLUMN_GAP) / 3;
  // A fourth party stands under the third.
  const groups = [blocks.slice(0, 1), blocks.slice(1, 2), blocks.slice(2)];
  const below = groups.map((some, i) =>
    partyColumn(flow, some, { x: flow.left + i * (width + COLUMN_GAP), width }),
  );
  return { top, below };
}

/** Parties under each other, each with a heading. */
export function partyColumn(
  flow: Flow<Sheet>,
  blocks: readonly PartyBlock[],
  { x, width }: { x: number; width: number },
): Column {
  const { styles, density } = flow;
  const { leading } = density;
  const fragment = newFragment();
  const pieces = blocks.flatMap(({ head, name, rest }, i): Piece[] => {
    const section = addElement(fragment, "Sect");
    const heading = flow.wrap(head, styles.heading, width);
    const lines = [
      ...(name === null ? [] : flow.wrap(name, styles.body, width)),
      ...rest.flatMap((text) => flow.wrap(text, styles.muted, width)),
    ];
    const element = addElement(section, "H2");
    const headPiece: Piece = {
      cells: [{ element, lines: heading, x: 0 }],
      leading,
      before: i > 0 ? flow.gap(10) : 0,
    };
    if (lines.length === 0) return [headPiece];
    const body = { element: addElement(section, "P"), lines, x: 0 };
    return [
      { ...headPiece, leads: heading.length < 4 },
      { cells: [body], leading, before: flow.gap(1) },
    ];
  });
  return { x, pieces, fragment };
}

function drawHero(flow: Flow): void {
  const { heroLeading } = flow.density;
  const lines = heroLines(flow);
  flow.need(lines.length * heroLeading + 20);
  const { canvas, y } = flow;
  canvas.mark(addElement(flow.root, "P"), () => {
    drawLines(canvas, lines, { x: flow.left, y, leading: heroLeading });
  });
  flow.y += lines.length * heroLeading;
  drawPayLink(flow, lines.at(-1)?.widthPt ?? 0);
  flow.y += flow.gap(14);
}

/** The sentence in one line; where that is too long, each of its parts in lines of its own. */
function heroLines(flow: Flow): readonly TextLine[] {
  const { styles, width } = flow;
  const sentence = heroSentence(flow);
  const lines = flow.wrap(sentence, styles.hero, width);
  if (lines.length === 1) return lines;
  return sentence.split(STANDING_JOINT).flatMap((part) => flow.wrap(part, styles.hero, width));
}

/** Behind the sentence's last line where there is room, else below it. */
function drawPayLink(flow: Flow, taken: number): void {
  const { model, labels, canvas, theme } = flow;
  const url = model.payment?.url;
  if (!url || BigInt(model.totals.dueMinor) <= 0n) return;
  const line = flow.line(labels.payOnline, theme.link);
  const beside = taken + 16 + line.widthPt <= flow.width;
  const x = beside ? flow.right - line.widthPt : flow.left;
  const y = beside ? flow.y - flow.density.heroLeading / 2 - 6.5 : flow.y + 2;
  const link = addElement(addElement(flow.root, "P"), "Link");
  canvas.mark(link, () => canvas.text(line, x, baselineIn(y, 14, 9)));
  canvas.artifact("Layout", () => {
    canvas.rectangle(x, y + 12.4, line.widthPt, 0.6, theme.accent);
  });
  canvas.link(link, url, labels.payOnline, { x, y, width: line.widthPt, height: 14 });
  if (!beside) flow.y = y + 14;
}

function drawMemo(flow: Flow): void {
  const { memo } = flow.model;
  if (!memo) return;
  const lines = flow.wrap(memo, flow.styles.body, flow.width);
  drawParagraph(flow, addElement(flow.root, "P"), lines);
  flow.y += flow.gap(12);
}

/** Lines that may go over a page's end: neither part is one line. */
export function drawParagraph(
  flow: Flow<Sheet>,
  element: Element,
  lines: readonly TextLine[],
): void {
  const fragment = newFragment();
  const piece = { cells: [{ element, lines, x: 0 }], leading: flow.density.leading, before: 0 };
  drawColumns(flow, [{ x: flow.left, pieces: [piece], fragment }]);
}
