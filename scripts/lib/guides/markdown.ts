/** A guide's Markdown as HTML: headings with anchors, code to copy, links that lead on. Pure. */
import { posix } from "node:path";
import { Marked, type Tokens } from "marked";
import { escapeHtml, highlight } from "./highlight.ts";

export type Heading = { depth: number; id: string; html: string };

export type Rendered = {
  html: string;
  headings: Heading[];
  /** The guides' names, or the anchors of one, that its links lead to. */
  links: { name: string; anchor: string }[];
  /** Pictures beside it, from the repository's root. */
  pictures: string[];
};

/** Where a link of the site leads that a guide does not spell out. */
export type Site = {
  /** The name of the guide at a path from the repository's root; undefined where there is none. */
  guideAt: (path: string) => string | undefined;
  /** Of a text in code, such as an operation's or a problem's: the address that explains it. */
  codeAt: (text: string) => string | undefined;
};

/** The HTML of the file at `path`. A link to a file that is no guide is its text alone. */
export function renderMarkdown(text: string, path: string, site: Site): Rendered {
  const rendered: Rendered = { html: "", headings: [], links: [], pictures: [] };
  const taken = new Map<string, number>();
  const resolve = (href: string) => resolveLink(href, path, site, rendered);
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const id = slugOf(html, taken);
        rendered.headings.push({ depth, id, html: html.replace(/<\/?a\b[^>]*>/g, "") });
        if (depth === 1) return `<h1 id="${id}">${html}</h1>\n`;
        const link = `<a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
        return `<h${depth} id="${id}">${html} ${link}</h${depth}>\n`;
      },
      code({ text: code, lang = "" }: Tokens.Code) {
        const language = lang.split(/\s/)[0] ?? "";
        const name = language === "" ? "" : ` data-language="${escapeHtml(language)}"`;
        const body = highlight(code, language);
        return `<div class="code"${name}><pre tabindex="0"><code>${body}</code></pre></div>\n`;
      },
      codespan({ text: code }: Tokens.Codespan) {
        const address = site.codeAt(code);
        const html = `<code>${escapeHtml(code)}</code>`;
        return address === undefined ? html : `<a href="${escapeHtml(address)}">${html}</a>`;
      },
      link({ href, tokens }: Tokens.Link) {
        const html = this.parser.parseInline(tokens).replace(/<\/?a\b[^>]*>/g, "");
        const address = resolve(href);
        return address === undefined ? html : `<a href="${escapeHtml(address)}">${html}</a>`;
      },
      image({ href, text: alt }: Tokens.Image) {
        const file = posix.join(posix.dirname(path), href);
        rendered.pictures.push(file);
        const source = `/docs/guides/${posix.basename(file)}`;
        return `<img src="${escapeHtml(source)}" alt="${escapeHtml(alt)}" loading="lazy">`;
      },
      table(token: Tokens.Table) {
        const cell = (tag: string) => (one: Tokens.TableCell) => {
          const align = one.align ? ` class="${one.align}"` : "";
          return `<${tag}${align}>${this.parser.parseInline(one.tokens)}</${tag}>`;
        };
        const head = token.header.some(({ text: title }) => title !== "")
          ? `<thead><tr>${token.header.map(cell("th")).join("")}</tr></thead>`
          : "";
        const rows = token.rows.map((row) => `<tr>${row.map(cell("td")).join("")}</tr>\n`);
        return `<div class="table"><table>${head}<tbody>${rows.join("")}</tbody></table></div>\n`;
      },
      html({ text: html }: Tokens.HTML | Tokens.Tag) {
        return html.startsWith("<!--") ? "" : escapeHtml(html);
      },
    },
  });
  rendered.html = marked.parse(text, { async: false });
  return rendered;
}

/** As GitHub makes them, so that a link to a heading works in the repository too. */
function slugOf(html: string, taken: Map<string, number>): string {
  const text = html.replace(/<[^>]+>/g, "").replace(/&#?\w+;/g, "");
  const slug = text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
    .replaceAll(" ", "-");
  const times = taken.get(slug) ?? 0;
  taken.set(slug, times + 1);
  return times === 0 ? slug : `${slug}-${times}`;
}

function resolveLink(
  href: string,
  path: string,
  site: Site,
  rendered: Rendered,
): string | undefined {
  if (/^(?:https?:|mailto:)/.test(href)) return href;
  const [file = "", anchor = ""] = href.split("#");
  const target = file === "" ? path : posix.join(posix.dirname(path), file);
  const name = site.guideAt(target);
  if (name === undefined) return undefined;
  rendered.links.push({ name, anchor });
  const place = file === "" ? "" : `/docs/guides/${name}`.replace(/\/$/, "");
  return place + (anchor === "" ? "" : `#${anchor}`);
}
