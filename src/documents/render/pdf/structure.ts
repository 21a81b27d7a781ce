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
  /** Added by `addKid`. */
  kids: readonly Kid[];
  /** PDF syntax of the /A dictionary's entries. */
  attributes: string | null;
  /** What a screen reader says instead of a figure. */
  alt: string | null;
  /** What it reads as, where its glyphs stand in another order (ISO 32000-1, 14.9.4). */
  actual: string | null;
  /** The page of the first of its kids that stands on one, or -1. */
  page: number;
  /** Its object's number, given when the tree is written. */
  number: number;
};

/** An element, the number of marked content (`contentKid`), or a link. A page has hundreds. */
export type Kid = Element | number | { page: number; annotation: LinkAnnotation };

/** Whether a kid is an element, rather than something on a page. */
export function isElement(kid: Kid): kid is Element {
  return typeof kid !== "number" && (kid as Partial<Element>).tag !== undefined;
}

const MOST_CONTENTS = 0x10000;

/** What is marked on a page by an id there, as one number. */
export function contentKid(page: number, mcid: number): number {
  return page * MOST_CONTENTS + mcid;
}

/** The page of marked content. */
export function pageOfContent(kid: number): number {
  return Math.floor(kid / MOST_CONTENTS);
}

/** The id of marked content on its page. */
export function mcidOfContent(kid: number): number {
  return kid % MOST_CONTENTS;
}

/** `box` is [left, bottom, right, top] in PDF points. */
export type LinkAnnotation = { url: string; label: string; box: readonly number[] };

/** The structure tree's root, a Document element without children. */
export function rootElement(): Element {
  return {
    tag: "Document",
    parent: null,
    kids: NO_KIDS,
    attributes: null,
    alt: null,
    actual: null,
    page: -1,
    number: 0,
  };
}

const NO_KIDS: readonly Kid[] = [];
const NOTHING_MORE: { attributes?: string; alt?: string } = {};

/** Adds an element behind its parent's other children, and returns it. */
export function addElement(
  parent: Element,
  tag: Tag,
  {
    attributes = null,
    alt = null,
  }: { attributes?: string | null; alt?: string | null } = NOTHING_MORE,
): Element {
  const element: Element = {
    tag,
    parent,
    kids: NO_KIDS,
    attributes,
    alt,
    actual: null,
    page: -1,
    number: 0,
  };
  addKid(parent, element);
  return element;
}

/** Adds a kid behind the others. Most elements have one, for which an array of one is enough. */
export function addKid(element: Element, kid: Kid): void {
  if (element.page < 0 && !isElement(kid)) {
    element.page = typeof kid === "number" ? pageOfContent(kid) : kid.page;
  }
  if (element.kids.length === 0) element.kids = [kid];
  else (element.kids as Kid[]).push(kid);
}

export const TABLE_COLUMN_HEAD = "/O/Table/Scope/Column";
export const TABLE_ROW_HEAD = "/O/Table/Scope/Row";

/** The attributes of a table cell that spans several columns. */
export function tableSpan(columns: number): string {
  return `/O/Table/ColSpan ${columns}`;
}
