/** Pure. The page at which anybody verifies a document that they hold. */
import { KINDS } from "../kind/registry.ts";
import { escaped } from "../render/svg/drawing.ts";
import type { Verified } from "./verify.ts";

const STYLE = `:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#121721;
--soft:#5a6270;--line:#cfd4dc;--accent:#4338ca;--good:#0f6b3a;--bad:#a3141f}
@media (prefers-color-scheme:dark){:root{--ground:#0f1116;--card:#181b22;--ink:#e9ebf0;
--soft:#a4abb8;--line:#3a404d;--accent:#a5b4fc;--good:#6ee7a0;--bad:#fca5a5}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:0 auto;padding:2rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.125rem;margin:0 0 .75rem}
p{margin:0 0 1rem}.soft{color:var(--soft)}
section,form{background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:1.25rem;margin:0 0 1.25rem}
.good h2{color:var(--good)}.bad h2{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.25rem;margin:0}
dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
code{font:.875rem/1.5 ui-monospace,monospace}
label{display:block;font-weight:600;margin:0 0 .9rem}
input{display:block;width:100%;margin-top:.3rem;padding:.6rem .7rem;font:inherit;font-weight:400;
color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:8px}
button{padding:.6rem 1.1rem;font:inherit;font-weight:600;color:var(--card);
background:var(--accent);border:0;border-radius:8px;cursor:pointer}
input:focus-visible,button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.drop{padding:1.5rem .9rem;border-style:dashed;cursor:pointer}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}`;

/** What was typed, and what came of it: a document, a sentence that says why none, or nothing. */
export type VerifyPage = {
  typed: Typed;
  found: Verified | null;
  problem: string | null;
};

/** What somebody types to verify a document. */
export type Typed = { link: string; number: string; hash: string };

/** The field of the form that a file is sent in. */
export const FILE_FIELD = "file";

/** The whole page. */
export function verifyPage({ typed, found, problem }: VerifyPage): string {
  const answer = found ? foundSection(found) : problem === null ? "" : problemSection(problem);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Verify a document</title><style>${STYLE}</style></head><body><main>
<h1>Verify a document</h1>
<p class="soft">Check that an invoice, a quote or another document is exactly as it was issued. It
is compared with the record that was sealed when it got its number.</p>
${answer}
${FILE_FORM}
${form([field("Link to the document", "link", typed.link, "https://…/d/…")], "With its link")}
${form(
  [
    field("Number", "number", typed.number, "INV-2026-001"),
    field("Hash (64 characters)", "hash", typed.hash, ""),
  ],
  "With its number and hash",
)}
</main></body></html>`;
}

// A field for a file takes what is dropped on it, without a script.
const FILE_FORM = `<form method="post" action="/verify" enctype="multipart/form-data">
<h2>With its file</h2><label>PDF or XML, as it came
<input class="drop" type="file" name="${FILE_FIELD}" accept=".pdf,.xml,application/pdf,text/xml"
required></label><p class="soft">Choose it, or drop it on the field. It is compared byte for byte
and not kept.</p><button>Verify</button></form>`;

function form(fields: readonly string[], heading: string): string {
  return `<form method="get" action="/verify"><h2>${heading}</h2>
${fields.join("\n")}<button>Verify</button></form>`;
}

function field(label: string, name: string, value: string, placeholder: string): string {
  const input = `<input name="${name}" value="${escaped(value)}" placeholder="${placeholder}"
autocomplete="off" spellcheck="false" required>`;
  return `<label>${label}${input}</label>`;
}

function problemSection(problem: string): string {
  const text = escaped(problem);
  return `<section class="bad" role="status"><h2>Not verified</h2><p>${text}</p></section>`;
}

const RESULTS = {
  valid: ["good", "Valid: it is exactly as it was issued"],
  voided: ["bad", "Void: it is as it was issued, but its issuer has voided it since"],
  changed: ["bad", "Changed: the stored document is not the one that was issued"],
} as const;

function foundSection({ result, kind, number, issuedOn, issuer, place }: Verified): string {
  const [tone, heading] = RESULTS[result];
  const rows = [
    ["Document", `${capital(KINDS[kind].noun)} ${number}`],
    ["Issued on", issuedOn],
    ["Issued by", issuer],
    ["Place in its series", `${place.seq} of ${place.length} in ${place.year}`],
  ].map(([term = "", text = ""]) => `<dt>${term}</dt><dd>${escaped(text)}</dd>`);
  const hash = `<dt>Hash</dt><dd><code>${escaped(place.hash)}</code></dd>`;
  return `<section class="${tone}" role="status"><h2>${heading}</h2>
<dl>${rows.join("")}${hash}</dl></section>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
