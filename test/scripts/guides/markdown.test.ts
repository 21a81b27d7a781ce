import { describe, expect, it } from "vitest";
import { readContents } from "../../../scripts/lib/guides/contents.ts";
import { highlight } from "../../../scripts/lib/guides/highlight.ts";
import { renderMarkdown } from "../../../scripts/lib/guides/markdown.ts";

const SITE = {
  guideAt: (path: string) => ({ "docs/billing.md": "billing", "GLOSSARY.md": "glossary" })[path],
  codeAt: (text: string) =>
    text === "createInvoice" ? "/docs/operations/createInvoice" : undefined,
};
const rendered = (text: string) => renderMarkdown(text, "docs/page.md", SITE);

describe("a guide's Markdown", () => {
  it("gives headings the anchors that they have in a repository", () => {
    const { html, headings } = rendered(
      "# A\n\n## `usage.limit_reached` & you\n\n## Twice\n\n## Twice",
    );
    expect(headings.map(({ id }) => id)).toEqual([
      "a",
      "usagelimit_reached--you",
      "twice",
      "twice-1",
    ]);
    expect(html).toContain('<h2 id="twice-1">Twice <a class="anchor" href="#twice-1"');
  });

  it("leads to guides by their address, and to other files not at all", () => {
    const { html, links } = rendered(
      "[a](billing.md#closing) [b](../GLOSSARY.md) [c](../src/app.ts) [e](https://e.test)",
    );
    expect(html).toContain('<a href="/docs/guides/billing#closing">a</a>');
    expect(html).toContain('<a href="/docs/guides/glossary">b</a> c ');
    expect(html).toContain('<a href="https://e.test">e</a>');
    expect(links).toEqual([
      { name: "billing", anchor: "closing" },
      { name: "glossary", anchor: "" },
    ]);
  });

  it("leads from an operation's name to the reference", () => {
    expect(rendered("call `createInvoice` or `other`").html).toBe(
      '<p>call <a href="/docs/operations/createInvoice"><code>createInvoice</code></a>' +
        " or <code>other</code></p>\n",
    );
  });

  it("lets no HTML of its text through", () => {
    const { html } = rendered(
      '<script>x</script>\n\na <img src=x onerror="y"> `<b>`\n\n```\n<i>\n```',
    );
    expect(html).not.toMatch(/<(?:script|img|b|i)\b/);
  });

  it("names the pictures that stand beside it", () => {
    const { html, pictures } = rendered("![who](who.svg)");
    expect(pictures).toEqual(["docs/who.svg"]);
    expect(html).toContain('<img src="/docs/guides/who.svg" alt="who"');
  });

  it("marks what code is made of", () => {
    expect(highlight('const a = "<1>"; // 2', "ts")).toBe(
      '<span class="keyword">const</span> a = <span class="string">&quot;&lt;1&gt;&quot;</span>; ' +
        '<span class="comment">// 2</span>',
    );
    expect(highlight("a < b", "unknown")).toBe("a &lt; b");
  });
});

describe("the list of guides", () => {
  it("is read with its sections, and refuses what it does not understand", () => {
    const text =
      "# Guides\n\nWhat.\n\n## Run\n\n- [Live](live.md): how\n- [Client](../client/README.md): x";
    expect(readContents(text)).toMatchObject({
      title: "Guides",
      intro: "What.",
      sections: [{ title: "Run", guides: [{ name: "live" }, { name: "client" }] }],
    });
    expect(() => readContents("# G\n## R\n- [Live](live.md)")).toThrow(
      '"- [Live](live.md)" is not',
    );
    expect(() => readContents(`${text}\n- [Live](live.md): again`)).toThrow("lists live twice");
  });
});
