/** Makes public/guides/ of the repository's guides: a page and a Markdown file of each. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { OPERATIONS } from "../../../client/src/api.ts";
import { ERRORS } from "../../../src/core/errors.ts";
import { allGuides, CONTENTS_PATH, type Contents, type Guide, readContents } from "./contents.ts";
import { type Rendered, renderMarkdown, type Site } from "./markdown.ts";
import { contentsPage, guidePage, llmsText } from "./page.ts";
import { PROBLEMS_PATH } from "./problems.ts";

/** Of the repository, what its pages are made of. */
export type Guides = { contents: Contents; rendered: Map<Guide, Rendered> };

/** Reads and renders all guides of the repository at `root`. */
export function renderGuides(root: string): Guides {
  const contents = readContents(readFileSync(join(root, CONTENTS_PATH), "utf8"));
  const guides = allGuides(contents);
  const names = new Map(guides.map(({ path, name }) => [path, name]));
  names.set(CONTENTS_PATH, "");
  const explained = names.has(PROBLEMS_PATH);
  const site: Site = {
    guideAt: (path) => names.get(path),
    codeAt: (text) => operationAt(text) ?? (explained ? problemAt(text) : undefined),
  };
  const rendered = new Map<Guide, Rendered>();
  for (const guide of guides) {
    const text = readFileSync(join(root, guide.path), "utf8");
    rendered.set(guide, renderMarkdown(text, guide.path, site));
  }
  return { contents, rendered };
}

/** Writes the pages, where they are not there as they are; what is no guide any more goes. */
export function writeGuides(root: string): void {
  const { contents, rendered } = renderGuides(root);
  const files = new Map<string, string | Uint8Array>();
  files.set("index.html", contentsPage(contents));
  files.set("llms.txt", llmsText(contents));
  for (const [guide, { pictures }] of rendered) {
    const page = rendered.get(guide);
    if (page) files.set(`${guide.name}.html`, guidePage(contents, guide, page));
    files.set(`${guide.name}.md`, readFileSync(join(root, guide.path)));
    for (const path of pictures) files.set(basename(path), readFileSync(join(root, path)));
  }
  const folder = join(root, "public/guides");
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeChanged(join(folder, name), Buffer.from(content));
  for (const name of readdirSync(folder)) {
    if (!files.has(name) && !name.endsWith(".new")) rmSync(join(folder, name), { force: true });
  }
}

/** At once, since another process may be reading it. */
function writeChanged(path: string, content: Buffer): void {
  try {
    if (readFileSync(path).equals(content)) return;
  } catch {
    // it is not there yet
  }
  writeFileSync(`${path}.${process.pid}.new`, content);
  renameSync(`${path}.${process.pid}.new`, path);
}

const IDS = new Map(
  Object.entries(OPERATIONS).map(([id, [method, path]]) => [`${method} ${path}`, id]),
);

/** `POST /api/invoices` and `createInvoice` lead to the operation. */
function operationAt(text: string): string | undefined {
  const id = text in OPERATIONS ? text : IDS.get(text);
  return id === undefined ? undefined : `/docs/operations/${id}`;
}

/** A problem's code leads to what to do. */
function problemAt(code: string): string | undefined {
  const known = code in ERRORS && code.includes(".");
  return known ? `/docs/guides/problems#${code.replaceAll(".", "")}` : undefined;
}
