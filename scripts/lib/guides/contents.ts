/** Which guides there are: what docs/README.md lists, in its order and under its headings. Pure. */
import { posix } from "node:path";

/** A Markdown file of the repository that is a page of the site. */
export type Guide = {
  /** Its last part of /docs/guides/<name>. */
  name: string;
  /** From the repository's root. */
  path: string;
  title: string;
  /** What it answers, in a sentence; shown on the first page and in llms.txt. */
  about: string;
};

export type Section = { title: string; guides: Guide[] };

export type Contents = { title: string; intro: string; sections: Section[] };

/** Where the list stands, and what its links are relative to. */
export const CONTENTS_PATH = "docs/README.md";

/**
 * Reads the list: a title, an introduction, then a heading for each section and under it a line
 * for each guide, `- [Title](file.md): what it answers`. Errors: one that names a line that is
 * neither, or a guide that is listed twice.
 */
export function readContents(text: string): Contents {
  const contents: Contents = { title: "", intro: "", sections: [] };
  for (const line of text.split("\n").map((one) => one.trimEnd())) {
    if (line.startsWith("# ")) contents.title = line.slice(2);
    else if (line.startsWith("## ")) contents.sections.push({ title: line.slice(3), guides: [] });
    else if (contents.sections.length === 0) contents.intro = `${contents.intro} ${line}`.trim();
    else if (line !== "") contents.sections.at(-1)?.guides.push(readEntry(line));
  }
  const names = allGuides(contents).map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`${CONTENTS_PATH} lists ${twice} twice`);
  return contents;
}

function readEntry(line: string): Guide {
  const [, title = "", link = "", about = ""] = /^- \[(.+?)\]\((\S+\.md)\): (.+)$/.exec(line) ?? [];
  if (link === "") throw new Error(`${CONTENTS_PATH}: "${line}" is not "- [Title](file.md): …"`);
  const path = posix.join(posix.dirname(CONTENTS_PATH), link);
  return { name: nameOf(path), path, title, about };
}

/** `from-lago` of docs/from-lago.md, `client` of client/README.md, `glossary` of GLOSSARY.md. */
function nameOf(path: string): string {
  const bare = path.replace(/^docs\//, "").replace(/(?:(?<=.)\/README)?\.md$/, "");
  return bare.toLowerCase().replaceAll("/", "-");
}

/** Every guide in the order in which they are read. */
export function allGuides({ sections }: Contents): Guide[] {
  return sections.flatMap(({ guides }) => guides);
}
