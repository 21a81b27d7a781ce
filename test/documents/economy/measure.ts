/** How well documents fill their pages, by what is drawn: running heads and feet do not count. */
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { Canvas } from "../../../src/documents/render/pdf/canvas.ts";
import type { FontSet } from "../../../src/documents/render/pdf/text.ts";

export type PageFill = {
  /** Lines of text by where they stand, side by side ones once. */
  lines: number;
  /** Characters. */
  text: number;
  /** From the page's top to its last mark, as a share of the room above its foot. */
  fill: number;
};

type Render = (model: DocumentModel, fonts: FontSet) => Promise<Uint8Array>;
type Drawn = { texts: { baseline: number; length: number }[]; lowest: number; foot: number };

/** Each page of a document, printed by one version of the pages. */
export async function pageFills(
  model: DocumentModel,
  fonts: FontSet,
  render: Render,
): Promise<PageFill[]> {
  const drawn = new Map<Canvas, Drawn>();
  const written: Canvas[] = [];
  const { text, artifact, cells, rectangle, content } = Canvas.prototype;
  let within: string | null = null;
  const pageOf = (canvas: Canvas): Drawn => {
    const page = drawn.get(canvas) ?? { texts: [], lowest: 0, foot: 0 };
    drawn.set(canvas, page);
    return page;
  };
  Object.assign(Canvas.prototype, {
    artifact(this: Canvas, ...[kind, draw]: Parameters<Canvas["artifact"]>) {
      within = kind;
      artifact.call(this, kind, draw);
      within = null;
    },
    text(this: Canvas, ...[line, x, baseline]: Parameters<Canvas["text"]>) {
      const length = line.to - line.from;
      if (within === null) pageOf(this).texts.push({ baseline: Math.round(baseline), length });
      text.call(this, line, x, baseline);
    },
    cells(this: Canvas, ...[runs, x, y, cell, ink]: Parameters<Canvas["cells"]>) {
      const page = pageOf(this);
      page.lowest = Math.max(page.lowest, y + 72);
      cells.call(this, runs, x, y, cell, ink);
    },
    rectangle(this: Canvas, ...[x, y, width, height, color]: Parameters<Canvas["rectangle"]>) {
      const page = pageOf(this);
      if (within === null) page.lowest = Math.max(page.lowest, y + height);
      if (within === "Pagination") page.foot = Math.max(page.foot, y);
      rectangle.call(this, x, y, width, height, color);
    },
    content(this: Canvas) {
      written.push(this);
      return content.call(this);
    },
  });
  try {
    await render(model, fonts);
  } finally {
    Object.assign(Canvas.prototype, { text, artifact, cells, rectangle, content });
  }
  return [...new Set(written)]
    .sort((a, b) => a.index - b.index)
    .map((canvas) => fillOf(canvas, pageOf(canvas), model.page.marginPt));
}

function fillOf({ index }: Canvas, { texts, lowest, foot }: Drawn, marginPt: number): PageFill {
  const body = texts.filter(({ baseline, length }) => baseline < foot && length > 0);
  const end = body.reduce((most, { baseline }) => Math.max(most, baseline), lowest);
  const top = index === 0 ? marginPt : marginPt + 26;
  return {
    lines: new Set(body.map(({ baseline }) => baseline)).size,
    text: body.reduce((sum, { length }) => sum + length, 0),
    fill: (end - top) / (foot - 12 - top),
  };
}

export type Economy = {
  documents: number;
  pages: number;
  /** Of documents of up to five lines: how many, and how many take one page. */
  few: number;
  fewOnOne: number;
  /** Pages with at most a line, filled to less than a tenth, with a tenth of the fullest's text. */
  bare: number;
  thin: number;
  light: number;
  /** Of pages that another follows: filled to less than half. */
  left: number;
  seeds: Record<"more" | "bare" | "thin" | "light" | "left", number[]>;
};

/** The economy of a number of documents, by their seeds from 0 up. */
export async function economyOf(
  count: number,
  documentOf: (seed: number) => DocumentModel,
  fontsOf: (model: DocumentModel) => FontSet,
  render: Render,
): Promise<Economy> {
  const seeds: Economy["seeds"] = { more: [], bare: [], thin: [], light: [], left: [] };
  const all: Economy = {
    documents: 0,
    pages: 0,
    few: 0,
    fewOnOne: 0,
    bare: 0,
    thin: 0,
    light: 0,
    left: 0,
    seeds,
  };
  for (let seed = 0; seed < count; seed++) {
    const model = documentOf(seed);
    const pages = await pageFills(model, fontsOf(model), render);
    all.documents += 1;
    all.pages += pages.length;
    if (model.lines.length <= 5) {
      all.few += 1;
      if (pages.length === 1) all.fewOnOne += 1;
      else seeds.more.push(seed);
    }
    const fullest = Math.max(...pages.map(({ text }) => text));
    pages.forEach(({ lines, fill, text }, i) => {
      const note = (of: "bare" | "thin" | "light" | "left", holds: boolean) => {
        if (!holds) return;
        all[of] += 1;
        seeds[of].push(seed);
      };
      note("bare", lines <= 1);
      note("thin", fill < 0.1);
      note("light", text < fullest / 10);
      note("left", i < pages.length - 1 && fill < 0.5);
    });
  }
  return all;
}
