/**
 * Pure. The structure tree as PDF objects: a few hundred a page, so each is written as its own text
 * rather than built from pdf-lib's dictionaries.
 */
import { PDFArray, type PDFContext, PDFHexString, type PDFRef } from "pdf-lib";
import type { Canvas } from "./canvas.ts";
import type { Element, LinkAnnotation } from "./structure.ts";
import { WrittenObject } from "./written-object.ts";

type Tree = { canvases: readonly Canvas[]; root: Element };

/** Assigns the tree's root to `treeRef`; answers each page's annotations. */
export function writeStructure(
  context: PDFContext,
  treeRef: PDFRef,
  pageRefs: readonly PDFRef[],
  { canvases, root }: Tree,
): Map<number, PDFArray> {
  const refs = new Map<Element, PDFRef>();
  const elements = collectElements(root);
  for (const element of elements) refs.set(element, context.nextRef());
  const refOf = (element: Element) => `${refs.get(element)}`;
  const pageOf = (page: number) => `${pageRefs[page]}`;
  const annotations = new Map<LinkAnnotation, PDFRef>();
  const numbers = canvases.map((canvas, i) => `${i}[${canvas.owners.map(refOf).join(" ")}]`);
  const annotsByPage = new Map<number, PDFArray>();
  let next = canvases.length;
  for (const canvas of canvases) {
    if (canvas.links.length === 0) continue;
    const annots = PDFArray.withContext(context);
    for (const { annotation, element } of canvas.links) {
      const ref = context.register(writeLink(annotation, next, pageOf(canvas.index)));
      numbers.push(`${next} ${refOf(element)}`);
      annotations.set(annotation, ref);
      annots.push(ref);
      next += 1;
    }
    annotsByPage.set(canvas.index, annots);
  }
  for (const element of elements) {
    const ref = refs.get(element);
    if (!ref) continue;
    const parent = element.parent ? refOf(element.parent) : `${treeRef}`;
    context.assign(ref, writeElement(element, parent, { refOf, pageOf, annotations }));
  }
  const parents = context.register(new WrittenObject(`<</Nums[${numbers.join("")}]>>`));
  const tree = `<</Type/StructTreeRoot/K ${refOf(root)}/ParentTree ${parents}`;
  context.assign(treeRef, new WrittenObject(`${tree}/ParentTreeNextKey ${next}>>`));
  return annotsByPage;
}

function collectElements(root: Element): Element[] {
  const elements = [root];
  for (let i = 0; i < elements.length; i++) {
    for (const kid of elements[i]?.kids ?? []) {
      if (kid.kind === "element") elements.push(kid.element);
    }
  }
  return elements;
}

type Names = {
  refOf(element: Element): string;
  pageOf(page: number): string;
  annotations: ReadonlyMap<LinkAnnotation, PDFRef>;
};

function writeElement(element: Element, parent: string, names: Names): WrittenObject {
  const first = element.kids.find((kid) => kid.kind !== "element");
  const page = first?.page ?? null;
  const kids = element.kids.map((kid) => {
    if (kid.kind === "element") return names.refOf(kid.element);
    if (kid.kind === "link") {
      const annotation = `${names.annotations.get(kid.annotation)}`;
      return `<</Type/OBJR/Obj ${annotation}/Pg ${names.pageOf(kid.page)}>>`;
    }
    if (kid.page === page) return `${kid.mcid}`;
    return `<</Type/MCR/Pg ${names.pageOf(kid.page)}/MCID ${kid.mcid}>>`;
  });
  const pg = page === null ? "" : `/Pg ${names.pageOf(page)}`;
  const attributes = element.attributes === null ? "" : `/A<<${element.attributes}>>`;
  const alt = element.alt === null ? "" : `/Alt ${PDFHexString.fromText(element.alt)}`;
  const k = kids.length === 1 ? ` ${kids[0]}` : `[${kids.join(" ")}]`;
  const head = `<</Type/StructElem/S/${element.tag}/P ${parent}`;
  return new WrittenObject(`${head}${pg}${attributes}${alt}/K${k}>>`);
}

/** PDF/UA-1, 7.18.5: a link has a description; PDF/A-3, 6.3.2: it prints. */
function writeLink(link: LinkAnnotation, structParent: number, page: string): WrittenObject {
  const box = link.box.map((value) => Math.round(value * 100) / 100).join(" ");
  return new WrittenObject(
    `<</Type/Annot/Subtype/Link/Rect[${box}]/Border[0 0 0]/F 4/P ${page}` +
      `/StructParent ${structParent}/Contents ${PDFHexString.fromText(link.label)}` +
      `/A<</S/URI/URI ${uriString(link.url)}>>>>`,
  );
}

/** URIs are 7-bit ASCII (ISO 32000-1, 12.6.4.7). */
function uriString(url: string): string {
  const ascii = url.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return `(${ascii.replace(/[\\()]/g, (character) => `\\${character}`)})`;
}
