/** Pure. Labels and their values beside each other, as a list. */
import type { Entry } from "../wording/wording.ts";
import type { Piece } from "./columns.ts";
import type { Flow } from "./flow.ts";
import { addElement, type Element } from "./structure.ts";

const LABEL_GAP = 12;
const LABEL_SHARE = 0.45;
const LEAST_LABEL = 62;

/** The pieces of a list of entries under `parent`, from a column's left to `width`. */
export function entryPieces(
  flow: Flow,
  entries: readonly Entry[],
  parent: Element,
  { width, x = 0, leading = flow.density.leading }: { width: number; x?: number; leading?: number },
): Piece[] {
  const { styles } = flow;
  const shaped = entries.map(({ label, value, strong }) => ({
    label: flow.wrap(label, styles.label, width * LABEL_SHARE),
    value,
    style: strong ? styles.number : styles.value,
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
