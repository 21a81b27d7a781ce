/** Pure. Labels and their values beside each other, as a list. */
import type { Sheet } from "../../model/model.ts";
import type { Entry } from "../wording/wording.ts";
import type { Piece } from "./columns.ts";
import type { Flow } from "./flow.ts";
import { addElement, type Element } from "./structure.ts";
import type { TextStyle } from "./text.ts";

const LABEL_GAP = 12;
const LABEL_SHARE = 0.5;
const LEAST_LABEL = 62;

/** The pieces of a list of entries under `parent`, from a column's left to `width`. */
export function entryPieces(
  flow: Flow<Sheet>,
  entries: readonly Entry[],
  parent: Element,
  { width, x = 0, leading = flow.density.leading }: { width: number; x?: number; leading?: number },
): Piece[] {
  const { styles } = flow;
  const shaped = entries.map((entry) => ({
    label: flow.wrap(entry.label, styles.label, width * LABEL_SHARE),
    value: entry.value,
    style: entry.strong ? styles.number : styles.value,
  }));
  const widest = shaped.reduce(
    (most, { label }) => label.reduce((wide, line) => Math.max(wide, line.widthPt), most),
    0,
  );
  const valueX = Math.max(widest + LABEL_GAP, Math.min(LEAST_LABEL, width * LABEL_SHARE));
  const list = addElement(parent, "L");
  return shaped.map(({ label, value, style }) => {
    const item = addElement(list, "LI");
    const lines = flow.wrap(value, style, width - valueX);
    return {
      cells: [
        { element: addElement(item, "Lbl"), lines: label, x },
        { element: addElement(item, "LBody"), lines, x: x + valueX },
      ],
      leading,
      before: 0,
    };
  });
}

/** The width in which no label and no value takes a second line. */
export function entriesWidth(flow: Flow<Sheet>, entries: readonly Entry[]): number {
  const { styles } = flow;
  const widest = (texts: readonly string[], style: TextStyle) =>
    texts.reduce((most, text) => {
      const lines = flow.wrap(text, style, Number.POSITIVE_INFINITY);
      return lines.reduce((wide, { widthPt }) => Math.max(wide, widthPt), most);
    }, 0);
  const labels = widest(
    entries.map(({ label }) => label),
    styles.label,
  );
  const values = widest(
    entries.map(({ value }) => value),
    styles.number,
  );
  return Math.max(labels / LABEL_SHARE, labels + LABEL_GAP + values);
}
