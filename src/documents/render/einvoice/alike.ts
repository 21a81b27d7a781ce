/**
 * Pure. The lines of a long invoice are alike but for a few texts: what stands between these is
 * written once for all lines of a shape.
 */
import type { SemanticLine } from "./semantic.ts";
import { escapeXml } from "./xml.ts";

/** What stands for a line's own texts in its shape: of one byte, or all of the XML were of two. */
const MARKS = {
  id: "\x80",
  name: "\x81",
  description: "\x82",
  quantity: "\x83",
  price: "\x84",
  net: "\x85",
} as const;
type Own = keyof typeof MARKS;
const OWN = Object.keys(MARKS) as Own[];
const MARK = /[\x80-\x85]/;

type Shape = {
  line: SemanticLine;
  /** The text before the first of a line's own, then each of those with the text behind it. */
  start: string;
  parts: { own: Own; behind: string }[];
};

/** Invoices with more are seldom, and their lines take no longer than by themselves. */
const MOST_SHAPES = 8;

/** Writes lines as `write` does, and sooner: `write` has nothing but the line to go by. */
export function writeAlike(write: (line: SemanticLine) => string): (line: SemanticLine) => string {
  const shapes: Shape[] = [];
  return (line) => {
    if (!isPlain(line)) return write(line);
    let shape = shapes.find((one) => isAlike(one.line, line));
    if (!shape) {
      if (shapes.length === MOST_SHAPES) return write(line);
      shape = shapeOf(line, write);
      shapes.push(shape);
    }
    let text = shape.start;
    for (const { own, behind } of shape.parts) {
      const content = escapeXml(line[own] ?? "").trim();
      if (content === "") return write(line);
      text += content + behind;
    }
    return text;
  };
}

/** Whether it says nothing beside what most lines do. */
function isPlain(line: SemanticLine): boolean {
  if (line.adjustments.length > 0 || line.classification || line.gross) return false;
  if (line.baseQuantity !== null) return false;
  for (const _ in line.particulars) return false;
  return true;
}

/** Whether two plain lines differ in what is their own alone. */
function isAlike(one: SemanticLine, other: SemanticLine): boolean {
  return (
    one.unitCode === other.unitCode &&
    one.tax.category === other.tax.category &&
    one.tax.percent === other.tax.percent &&
    (one.description === null) === (other.description === null) &&
    one.period?.start === other.period?.start &&
    one.period?.end === other.period?.end
  );
}

function shapeOf(line: SemanticLine, write: (line: SemanticLine) => string): Shape {
  const description = line.description === null ? null : MARKS.description;
  const text = write({ ...line, ...MARKS, description });
  const parts: Shape["parts"] = [];
  const [start = "", ...behind] = text.split(MARK);
  let at = start.length;
  for (const part of behind) {
    const own = OWN[text.charCodeAt(at) - MARKS.id.charCodeAt(0)];
    if (own) parts.push({ own, behind: part });
    at += 1 + part.length;
  }
  return { line, start, parts };
}
