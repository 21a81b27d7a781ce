/** Pure. A statement of account to the bytes of its PDF, in the look of documents. */
import {
  agingCells,
  type StatementModel,
  statementEntries,
  statementParties,
  statementSentence,
} from "../wording/statement.ts";
import { wordsOf } from "../wording/wording.ts";
import { drawColumns, newFragment } from "./columns.ts";
import { ROOMY } from "./density.ts";
import { entriesWidth, entryPieces } from "./entries.ts";
import { baselineIn, drawLines, Flow, Texts } from "./flow.ts";
import { drawFeet } from "./foot.ts";
import { drawTitle, LOGO_RESOURCE, partyColumn } from "./head.ts";
import { drawStatementTable } from "./statement-table.ts";
import { addElement, TABLE_COLUMN_HEAD } from "./structure.ts";
import type { FontSet } from "./text.ts";
import { HAIRLINE } from "./theme.ts";
import { writePdf } from "./writer.ts";

const COLUMN_GAP = 16;
const CELL_GAP = 8;

/** The PDF of a statement; the same model and fonts give the same bytes. */
export async function renderStatement(model: StatementModel, fonts: FontSet): Promise<Uint8Array> {
  const flow = drawnStatement(model, fonts);
  const { logo } = model.branding;
  return writePdf({
    canvases: flow.canvases,
    pool: flow.pool,
    root: flow.root,
    logo: logo ? { resource: LOGO_RESOURCE, image: logo } : null,
    metadata: {
      title: `${flow.title} · ${model.buyer.name}`,
      author: model.seller.name,
      language: flow.format.locale,
      createdAt: `${model.day}T00:00:00Z`,
      facturX: null,
    },
    attachment: null,
  });
}

function drawnStatement(model: StatementModel, fonts: FontSet): Flow<StatementModel> {
  const { title } = wordsOf(model).labels.statement;
  const flow = new Flow(model, title, new Texts(fonts), ROOMY);
  drawTitle(flow, title);
  drawHead(flow);
  drawStatementTable(flow);
  drawAging(flow);
  drawFeet(flow, `${title} · ${statementSentence(flow)}`);
  return flow;
}

/** Who states it, to whom, of which days; and the sentence of what is owed. */
function drawHead(flow: Flow<StatementModel>): void {
  const entries = statementEntries(flow);
  const rest = flow.width - 2 * COLUMN_GAP;
  const meta = Math.min(rest * 0.42, Math.max(rest * 0.32, entriesWidth(flow, entries)));
  const width = (rest - meta) / 2;
  const parties = statementParties(flow).map((party, i) =>
    partyColumn(flow, [party], { x: flow.left + i * (width + COLUMN_GAP), width }),
  );
  const fragment = newFragment();
  const pieces = entryPieces(flow, entries, fragment, { width: meta });
  drawColumns(flow, [...parties, { x: flow.right - meta, pieces, fragment }]);
  flow.y += flow.gap(22);
  const { heroLeading } = flow.density;
  const lines = flow.wrap(statementSentence(flow), flow.styles.hero, flow.width);
  flow.need(lines.length * heroLeading);
  const { canvas, y } = flow;
  canvas.mark(addElement(flow.root, "P"), () => {
    drawLines(canvas, lines, { x: flow.left, y, leading: heroLeading });
  });
  flow.y += lines.length * heroLeading + flow.gap(14);
}

/** What is owed by its age: a table of one row that is never split. */
function drawAging(flow: Flow<StatementModel>): void {
  const { styles, density, theme } = flow;
  const cells = agingCells(flow);
  const width = (flow.width - (cells.length - 1) * CELL_GAP) / cells.length;
  const heads = cells.map(([head]) => flow.wrap(head, styles.secondary, width));
  const leading = density.secondLeading;
  const headLines = Math.max(...heads.map((lines) => lines.length));
  const figures = cells.map(([, figure], i) => {
    const style = i === cells.length - 1 ? styles.strongFigure : styles.figure;
    return flow.wrap(figure, style, width);
  });
  const figureLines = Math.max(...figures.map((lines) => lines.length));
  const height = density.leading + 6 + headLines * leading + 6 + figureLines * density.nameLeading;
  flow.y += flow.gap(22);
  flow.need(height);
  const { canvas } = flow;
  const title = flow.line(flow.labels.statement.aging, styles.heading);
  canvas.mark(addElement(flow.root, "H2"), () => {
    canvas.text(title, flow.left, baselineIn(flow.y, density.leading, styles.heading.size));
  });
  const top = flow.y + density.leading + 6;
  const below = top + headLines * leading + 3;
  canvas.artifact("Layout", () => {
    canvas.rectangle(flow.left, below, flow.width, 0.5, theme.filled ? theme.accent : HAIRLINE);
  });
  const table = addElement(flow.root, "Table");
  const place = (i: number) => flow.left + i * (width + CELL_GAP);
  const head = addElement(table, "TR");
  heads.forEach((lines, i) => {
    canvas.mark(addElement(head, "TH", { attributes: TABLE_COLUMN_HEAD }), () => {
      const y = top + (headLines - lines.length) * leading;
      drawLines(canvas, lines, { x: place(i), y, leading });
    });
  });
  const row = addElement(table, "TR");
  figures.forEach((lines, i) => {
    canvas.mark(addElement(row, "TD"), () => {
      drawLines(canvas, lines, { x: place(i), y: below + 3, leading: density.nameLeading });
    });
  });
  flow.y += height;
}
