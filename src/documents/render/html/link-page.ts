/**
 * Pure. What somebody without a key sees of a document: its pages, a bar with its PDF, and where
 * money is still asked for, the way to pay. It has no words but the document's own.
 */
import { themeOf } from "../pdf/theme.ts";
import { cssColor, escaped } from "../svg/drawing.ts";
import { headingText, titleText, wordsOf } from "../wording/wording.ts";
import { type Drawn, pageHtml, sheetsOf } from "./preview.ts";

const STYLE = `:root{color-scheme:light dark;--ground:#eef0f3;--bar:#fff;--ink:#121721;
--line:#d9dde4}
@media (prefers-color-scheme:dark){:root{--ground:#0f1116;--bar:#181b22;--ink:#e9ebf0;
--line:#2c313c}}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.4 "Sheet Inter",system-ui,
sans-serif}
header{position:sticky;top:0;z-index:1;background:var(--bar);border-bottom:1px solid var(--line)}
header div{max-width:56rem;margin:0 auto;padding:.6rem 1rem;display:flex;align-items:center;
gap:.6rem;box-sizing:border-box}
header p{margin:0;margin-inline-end:auto;min-width:0;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap}
header b{font-weight:600}header span{opacity:.72}
header a{flex:none;padding:.45rem .8rem;border-radius:8px;border:1px solid var(--line);
color:inherit;text-decoration:none;font-weight:500}
header a.pay{border-color:transparent;color:#fff}header a:focus-visible{outline:2px solid #4f46e5;
outline-offset:2px}
main{max-width:56rem;margin:0 auto;padding:1rem;box-sizing:border-box}
@media (max-width:40rem){header span{display:none}main{padding:.5rem}}
@media print{header{display:none}body{background:none}main{max-width:none;padding:0}
.sheets{display:block}.sheets svg{box-shadow:none;break-after:page}}`;

/** The page; `pdf` is the address of the same document's PDF. */
export function linkPage(shown: Drawn, { fonts, pdf }: { fonts: string; pdf: string }): string {
  const { model } = shown;
  const words = wordsOf(model);
  const { number, seller } = model;
  const name = escaped(number === null ? headingText(words) : titleText(words));
  const file = `<a href="${escaped(pdf)}" title="${name} (PDF)">PDF</a>`;
  const body = `<header><div><p><b>${escaped(seller.name)}</b> <span>${name}</span></p>
${payLink(shown)}${file}</div></header>
<main>${sheetsOf(shown, { titleLevel: 1, most: shown.drawn.canvases.length })}</main>`;
  return pageHtml(shown, { style: STYLE, fonts, body });
}

function payLink({ model }: Drawn): string {
  const url = model.payment?.url;
  if (!url || BigInt(model.totals.dueMinor) <= 0n || !/^https?:/.test(url)) return "";
  const { accent } = themeOf(model.template, model.branding.accent);
  const { labels } = wordsOf(model);
  const style = `background:${cssColor(...accent)}`;
  return `<a class="pay" style="${style}" href="${escaped(url)}">${escaped(labels.payOnline)}</a>`;
}
