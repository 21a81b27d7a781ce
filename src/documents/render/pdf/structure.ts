/**
 * Pure. The tree of a tagged PDF (ISO 32000-1, 14.7): elements in reading order, each holding
 * marked content of pages, other elements, or a link annotation.
 */
export type Tag =
  | "Document"
  | "Sect"
  | "H1"
  | "H2"
  | "H3"
  | "P"
  | "L"
  | "LI"
  | "Lbl"
  | "LBody"
  | "Table"
  | "TR"
  | "TH"
  | "TD"
  | "Figure"
  | "Link"
  | "Span";

export type Element = {
  tag: Tag;
  parent: Element | null;
  kids: Kid[];
  /** PDF syntax of the /A dictionary's entries. */
  attributes: string | null;
  /** What a screen reader says instead of a figure. */
  alt: string | null;
  /** What it reads as, where its glyphs stand in another order (ISO 32000-1, 14.9.4). */
  actual: string | null;
  /** Its object's number, given when the tree is written. */
  number: number;
};

export type Kid =
  | { kind: "element"; element: Element }
  | { kind: "content"; page: number; mcid: number }
  | { kind: "link"; page: number; annotation: LinkAnnotation };

/** `box` is [left, bottom, right, top] in PDF points. */
export type LinkAnnotation = { url: string; label: string; box: readonly number[] };

/** The structure tree's root, a Document element without children. */
export function rootElement(): Element {
  return {
    tag: "Document",
    parent: null,
    kids: [],
    attributes: null,
    alt: null,
    actual: null,
    number: 0,
  };
}

/** Adds an element behind its parent's other children, and returns it. */
export function addElement(
  parent: Element,
  tag: Tag,
  more: { attributes?: string; alt?: string } = {},
): Element {
  const attributes = more.attributes ?? null;
  const alt = more.alt ?? null;
  const element: Element = { tag, parent, kids: [], attributes, alt, actual: null, number: 0 };
  parent.kids.push({ kind: "element", element });
  return element;
}

export const TABLE_COLUMN_HEAD = "/O/Table/Scope/Column";
export const TABLE_ROW_HEAD = "/O/Table/Scope/Row";

/** The attributes of a table cell that spans several columns. */
export function tableSpan(columns: number): string {
  return `/O/Table/ColSpan ${columns}`;
}
