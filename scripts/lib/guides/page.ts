/** The HTML pages of the guides: side bar, the guide, what is on it, what comes next. Pure. */
import { allGuides, type Contents, type Guide, type Section } from "./contents.ts";
import { escapeHtml } from "./highlight.ts";
import type { Heading, Rendered } from "./markdown.ts";

const LOGO =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="12" width="4" height="9" rx="1.5"/>' +
  '<rect x="10" y="7" width="4" height="14" rx="1.5"/>' +
  '<rect x="17" y="3" width="4" height="18" rx="1.5"/></svg>';

/** The page of one guide. */
export function guidePage(contents: Contents, guide: Guide, rendered: Rendered): string {
  const order = allGuides(contents);
  const at = order.indexOf(guide);
  const onPage = rendered.headings.filter(({ depth }) => depth === 2 || depth === 3);
  const turns = [turn(order[at - 1], "prev", "Previous"), turn(order[at + 1], "next", "Next")];
  const article = `<article>
${rendered.html}
</article>
<nav class="turn" aria-label="Next guide">${turns.join("")}</nav>
<p class="source"><a href="/docs/guides/${guide.name}.md">This page as Markdown</a></p>`;
  return frame(
    contents,
    { title: guide.title, about: guide.about, current: guide.name },
    article,
    onPage,
  );
}

/** The page that lists all of them. */
export function contentsPage(contents: Contents): string {
  const sections = contents.sections.map(
    ({ title, guides }) => `<h2>${escapeHtml(title)}</h2>
<ul class="guides">${guides.map(card).join("\n")}</ul>`,
  );
  const article = `<article>
<h1>${escapeHtml(contents.title)}</h1>
<p>${escapeHtml(contents.intro)}</p>
${sections.join("\n")}
</article>`;
  return frame(
    contents,
    { title: contents.title, about: contents.intro, current: "" },
    article,
    [],
  );
}

/** /llms.txt: the same list for language models, each guide as Markdown. */
export function llmsText(contents: Contents): string {
  const sections = contents.sections.map(({ title, guides }) => {
    const lines = guides.map(
      (guide) => `- [${guide.title}](/docs/guides/${guide.name}.md): ${guide.about}`,
    );
    return `## ${title}\n\n${lines.join("\n")}\n`;
  });
  const machine =
    "## For machines\n\n" +
    "- [OpenAPI 3.1](/openapi.json): every operation, with its schemas, examples and code\n";
  return `# BoxCostPro Edge\n\n> ${contents.intro}\n\n${sections.join("\n")}\n${machine}`;
}

function card({ name, title, about }: Guide): string {
  const link = `<a href="/docs/guides/${name}">${escapeHtml(title)}</a>`;
  return `<li>${link} <span>${escapeHtml(about)}</span></li>`;
}

function turn(guide: Guide | undefined, kind: string, label: string): string {
  if (guide === undefined) return "";
  const text = `<small>${label}</small> ${escapeHtml(guide.title)}`;
  return `<a class="${kind}" rel="${kind}" href="/docs/guides/${guide.name}">${text}</a>`;
}

type Head = { title: string; about: string; current: string };

function frame(contents: Contents, head: Head, article: string, onPage: Heading[]): string {
  const title = head.current === "" ? "Guides" : head.title;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · BoxCostPro Edge</title>
<meta name="description" content="${escapeHtml(head.about)}">
<link rel="icon" href="/dashboard/assets/icon.svg">
<link rel="stylesheet" href="/docs/assets/docs.css">
<link rel="stylesheet" href="/docs/assets/guide.css">
<script src="/docs/assets/theme.js"></script>
<script type="module" src="/docs/assets/guide.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="top">
<a class="brand" href="/docs/guides">${LOGO}<span>BoxCostPro Edge</span></a>
<nav aria-label="Documentation">
<a href="/docs/guides" aria-current="true">Guides</a>
<a href="/docs">API reference</a>
<a href="/dashboard">Dashboard</a>
</nav>
</header>
<div class="frame">
<details class="menu" open>
<summary>All guides</summary>
<nav aria-label="Guides">
${contents.sections.map((section) => sideSection(section, head.current)).join("\n")}
</nav>
</details>
<main id="content" tabindex="-1">
${article}
</main>
${onPage.length > 1 ? tableOfContents(onPage) : ""}
</div>
</body>
</html>
`;
}

function sideSection({ title, guides }: Section, current: string): string {
  const entries = guides.map(({ name, title: label }) => {
    const mark = name === current ? ' aria-current="page"' : "";
    return `<li><a href="/docs/guides/${name}"${mark}>${escapeHtml(label)}</a></li>`;
  });
  return `<p>${escapeHtml(title)}</p>\n<ul>${entries.join("")}</ul>`;
}

function tableOfContents(headings: Heading[]): string {
  const entries = headings.map(
    ({ depth, id, html }) => `<li class="level-${depth}"><a href="#${id}">${html}</a></li>`,
  );
  const list = `<p>On this page</p><ul>${entries.join("")}</ul>`;
  return `<aside><nav aria-label="On this page">${list}</nav></aside>`;
}
