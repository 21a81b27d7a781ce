/**
 * Pure. The structure tree as PDF objects: a few hundred a page, so they are numbered in order and
 * written as bytes, rather than built from pdf-lib's dictionaries.
 */
import { PDFArray, type PDFContext, type PDFRef } from "pdf-lib";
import type { ByteText } from "./byte-text.ts";
import type { Canvas } from "./canvas.ts";
import {
  type Element,
  isElement,
  type Kid,
  type LinkAnnotation,
  mcidOfContent,
  pageOfContent,
} from "./structure.ts";
import { PutObject, textString, WrittenObject } from "./written-object.ts";

export type WrittenLinks = {
  /** Each page's annotations. */
  refs: Map<number, PDFArray>;
  links: { annotation: LinkAnnotation; element: Element; ref: PDFRef }[];
};

/** Link annotations: the parent tree's keys after the pages are theirs, in order. */
export function writeLinks(
  context: PDFContext,
  canvases: readonly Canvas[],
  pageRefs: readonly PDFRef[],
): WrittenLinks {
  const refs = new Map<number, PDFArray>();
  const links: WrittenLinks["links"] = [];
  for (const canvas of canvases) {
    if (canvas.links.length === 0) continue;
    const annots = PDFArray.withContext(context);
    for (const { annotation, element } of canvas.links) {
      const key = canvases.length + links.length;
      const ref = context.register(writeLink(annotation, key, `${pageRefs[canvas.index]}`));
      annots.push(ref);
      links.push({ annotation, element, ref });
    }
    refs.set(canvas.index, annots);
  }
  return { refs, links };
}

type Places = { tree: PDFRef; pageRefs: readonly PDFRef[]; links: WrittenLinks["links"] };

/** The objects whose numbers follow a context's largest; `put` writes one by its place. */
export type WrittenObjects = { count: number; put: (out: ByteText, index: number) => void };

/** Assigns the tree's root; answers its elements, numbered after all other objects. */
export function writeStructure(
  context: PDFContext,
  { tree, pageRefs, links }: Places,
  { canvases, root }: { canvases: readonly Canvas[]; root: Element },
): WrittenObjects {
  const parents = context.nextRef();
  const elements = collectElements(root, context.largestObjectNumber + 1);
  const names: Names = {
    tree: `${tree}`,
    pages: pageRefs.map(String),
    cells: pageRefs.map((ref) => ` 0 R/Pg ${ref}/K `),
    annotations: new Map(links.map(({ annotation, ref }) => [annotation, `${ref}`])),
  };
  const putParents = (out: ByteText) => {
    out.put("<</Nums[");
    canvases.forEach(({ owners }, i) => {
      out.putInteger(i);
      putRefs(out, owners);
    });
    links.forEach(({ element }, i) => {
      out.putInteger(canvases.length + i);
      out.put(" ");
      putRef(out, element);
    });
    out.put("]>>");
  };
  context.assign(parents, new PutObject(putParents));
  const text = `<</Type/StructTreeRoot/K ${root.number} 0 R/ParentTree ${parents}`;
  const next = canvases.length + links.length;
  context.assign(tree, new WrittenObject(`${text}/ParentTreeNextKey ${next}>>`));
  return {
    count: elements.length,
    put: (out, index) => {
      const element = elements[index];
      if (element) putElement(out, element, names);
    },
  };
}

function putRefs(out: ByteText, elements: readonly Element[]): void {
  out.put("[");
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (i > 0) out.put(" ");
    if (element) putRef(out, element);
  }
  out.put("]");
}

/** The elements of a tree level by level, numbered from `first` on. */
function collectElements(root: Element, first: number): Element[] {
  const elements = [root];
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (!element) break;
    element.number = first + i;
    for (const kid of element.kids) if (isElement(kid)) elements.push(kid);
  }
  return elements;
}

type Names = {
  tree: string;
  pages: readonly string[];
  /** What stands between an element's parent and its one text, by their page. */
  cells: readonly string[];
  annotations: ReadonlyMap<LinkAnnotation, string>;
};

function putElement(out: ByteText, element: Element, names: Names): void {
  const { tag, parent, kids, attributes, alt, actual, page } = element;
  out.put("<</S/");
  out.put(tag);
  out.put("/P ");
  if (parent) out.putInteger(parent.number);
  else out.put(names.tree);
  const only = kids[0];
  const isPlain = attributes === null && alt === null && actual === null;
  // Most are cells of one text, which stands on their own page.
  if (isPlain && parent && kids.length === 1 && typeof only === "number") {
    out.put(names.cells[page] ?? "");
    out.putInteger(mcidOfContent(only));
    out.put(">>");
    return;
  }
  if (parent) out.put(" 0 R");
  if (page >= 0) {
    out.put("/Pg ");
    out.put(names.pages[page] ?? "");
  }
  if (attributes !== null) {
    out.put("/A<<");
    out.put(attributes);
    out.put(">>");
  }
  if (alt !== null) out.put(`/Alt ${textString(alt)}`);
  if (actual !== null) out.put(`/ActualText ${textString(actual)}`);
  out.put(kids.length === 1 ? "/K " : "/K[");
  for (let i = 0; i < kids.length; i++) {
    const kid = kids[i];
    if (i > 0) out.put(" ");
    if (kid !== undefined) putKid(out, kid, page, names);
  }
  out.put(kids.length === 1 ? ">>" : "]>>");
}

function putRef(out: ByteText, { number }: Element): void {
  out.putInteger(number);
  out.put(" 0 R");
}

function putKid(out: ByteText, kid: Kid, page: number, { pages, annotations }: Names): void {
  if (typeof kid === "number") {
    const own = pageOfContent(kid);
    if (own !== page) out.put(`<</Type/MCR/Pg ${pages[own]}/MCID `);
    out.putInteger(mcidOfContent(kid));
    if (own !== page) out.put(">>");
  } else if (isElement(kid)) putRef(out, kid);
  else out.put(`<</Type/OBJR/Obj ${annotations.get(kid.annotation)}/Pg ${pages[kid.page]}>>`);
}

/** PDF/UA-1, 7.18.5: a link has a description; PDF/A-3, 6.3.2: it prints. */
function writeLink(link: LinkAnnotation, structParent: number, page: string): WrittenObject {
  const box = link.box.map((value) => Math.round(value * 100) / 100).join(" ");
  return new WrittenObject(
    `<</Type/Annot/Subtype/Link/Rect[${box}]/Border[0 0 0]/F 4/P ${page}` +
      `/StructParent ${structParent}/Contents ${textString(link.label)}` +
      `/A<</S/URI/URI ${uriString(link.url)}>>>>`,
  );
}

/** URIs are 7-bit ASCII (ISO 32000-1, 12.6.4.7). */
function uriString(url: string): string {
  const ascii = url.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return `(${ascii.replace(/[\\()]/g, (character) => `\\${character}`)})`;
}
