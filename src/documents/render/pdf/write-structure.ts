/**
 * Pure. The structure tree as PDF objects: a few hundred a page, so each is written as its own text
 * and numbered in order, rather than built from pdf-lib's dictionaries.
 */
import { Buffer } from "node:buffer";
import { PDFArray, type PDFContext, type PDFRef } from "pdf-lib";
import type { Canvas } from "./canvas.ts";
import type { Element, LinkAnnotation } from "./structure.ts";
import { WrittenObject } from "./written-object.ts";

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

/** Assigns the tree's root; answers its elements, numbered after all other objects. */
export function writeStructure(
  context: PDFContext,
  { tree, pageRefs, links }: Places,
  { canvases, root }: { canvases: readonly Canvas[]; root: Element },
): string[] {
  const parents = context.nextRef();
  const first = context.largestObjectNumber + 1;
  const elements = collectElements(root);
  elements.forEach((element, i) => {
    element.number = first + i;
  });
  const names: Names = {
    pages: pageRefs.map(String),
    annotations: new Map(links.map(({ annotation, ref }) => [annotation, `${ref}`])),
  };
  const keys = canvases.map((canvas, i) => `${i}[${canvas.owners.map(refOf).join(" ")}]`);
  links.forEach(({ element }, i) => {
    keys.push(`${canvases.length + i} ${refOf(element)}`);
  });
  context.assign(parents, new WrittenObject(`<</Nums[${keys.join("")}]>>`));
  const text = `<</Type/StructTreeRoot/K ${refOf(root)}/ParentTree ${parents}`;
  context.assign(tree, new WrittenObject(`${text}/ParentTreeNextKey ${keys.length}>>`));
  return elements.map((element) =>
    writeElement(element, element.parent ? refOf(element.parent) : `${tree}`, names),
  );
}

function refOf(element: Element): string {
  return `${element.number} 0 R`;
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
  pages: readonly string[];
  annotations: ReadonlyMap<LinkAnnotation, string>;
};

function writeElement(element: Element, parent: string, names: Names): string {
  let page = -1;
  let kids = "";
  for (const kid of element.kids) {
    if (kids !== "") kids += " ";
    if (kid.kind === "element") {
      kids += refOf(kid.element);
      continue;
    }
    if (page < 0) page = kid.page;
    const on = names.pages[kid.page];
    if (kid.kind === "link") {
      kids += `<</Type/OBJR/Obj ${names.annotations.get(kid.annotation)}/Pg ${on}>>`;
    } else if (kid.page === page) kids += kid.mcid;
    else kids += `<</Type/MCR/Pg ${on}/MCID ${kid.mcid}>>`;
  }
  const pg = page < 0 ? "" : `/Pg ${names.pages[page]}`;
  const attributes = element.attributes === null ? "" : `/A<<${element.attributes}>>`;
  const alt = element.alt === null ? "" : `/Alt ${textString(element.alt)}`;
  const actual = element.actual === null ? "" : `/ActualText ${textString(element.actual)}`;
  const k = element.kids.length === 1 ? ` ${kids}` : `[${kids}]`;
  return `<</S/${element.tag}/P ${parent}${pg}${attributes}${alt}${actual}/K${k}>>`;
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

/** UTF-16 in hexadecimal (ISO 32000-1, 7.9.2.2): a page from right to left has hundreds. */
function textString(text: string): string {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  return `<${bytes.toString("hex").toUpperCase()}>`;
}

/** URIs are 7-bit ASCII (ISO 32000-1, 12.6.4.7). */
function uriString(url: string): string {
  const ascii = url.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return `(${ascii.replace(/[\\()]/g, (character) => `\\${character}`)})`;
}
