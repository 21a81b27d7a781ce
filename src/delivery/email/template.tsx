/** Pure. The e-mail that brings a document: in its language and colour, as HTML and as text. */
import type { DocumentModel } from "../../documents/model.ts";
import { themeOf } from "../../documents/pdf/theme.ts";
import { type Entry, heroSentence, metaEntries, wordsOf } from "../../documents/wording.ts";

export type Letter = { subject: string; html: string; plain: string };

// Colours of its own only where mail programs invert neither ink nor ground.
const STYLE = `:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) { .card { background: #1b1f27 !important }
.ink { color: #f2f4f8 !important } .muted { color: #a9b1c0 !important } }`;
const FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const CARD = `${FONT}; max-width: 36rem; margin: 0 auto; padding: 1.5rem; background: #fff`;
const INK = "color: #121721";
const MUTED = "color: #5b6474; padding: .15rem 1rem .15rem 0; text-align: start";

/** `message` is the sender's own words. */
export function documentLetter(model: DocumentModel, message: string | null): Letter {
  const words = wordsOf(model);
  const { labels, format } = words;
  const title = `${labels.title[model.kind]} ${model.number ?? labels.noNumber}`;
  const subject = `${title} \u2013 ${model.seller.name}`;
  const hero = heroSentence(words);
  const entries = metaEntries(words);
  const url = model.payment?.url && BigInt(model.totals.dueMinor) > 0n ? model.payment.url : null;
  const [red, green, blue] = themeOf(model.template, model.branding.accent).accent.map((part) =>
    Math.round(part * 255),
  );
  const accent = `rgb(${red}, ${green}, ${blue})`;
  const page = (
    <html lang={format.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
        <style>{STYLE}</style>
      </head>
      <body style="margin: 0">
        <div class="card" style={`${CARD}; border-top: 4px solid ${accent}`}>
          <p class="muted" style={MUTED}>
            {model.seller.name}
          </p>
          <h1 class="ink" style={`${INK}; font-size: 1.3rem; margin: .2rem 0`}>
            {title}
          </h1>
          <p class="ink" style={`${INK}; font-size: 1.05rem; font-weight: 600`}>
            {hero}
          </p>
          {message && (
            <p class="ink" style={`${INK}; white-space: pre-line`}>
              {message}
            </p>
          )}
          <Entries entries={entries} />
          {url && (
            <p>
              <a href={url} style={`color: ${accent}; font-weight: 600`}>
                {labels.payOnline}
              </a>
            </p>
          )}
        </div>
      </body>
    </html>
  );
  const plain = [
    title,
    hero,
    message,
    entries.map(({ label, value }) => `${label}: ${value}`).join("\n"),
    url && `${labels.payOnline}: ${url}`,
    model.seller.name,
  ];
  const text = plain.filter((part) => part !== null && part !== "").join("\n\n");
  return { subject, html: `<!doctype html>${page}`, plain: text };
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  return (
    <table role="presentation" style="border-collapse: collapse">
      {entries.map(({ label, value }) => (
        <tr>
          <td class="muted" style={MUTED}>
            {label}
          </td>
          <td class="ink" style={INK}>
            {value}
          </td>
        </tr>
      ))}
    </table>
  );
}
