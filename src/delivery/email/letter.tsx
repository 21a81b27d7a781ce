/**
 * Pure. What every letter looks like, as HTML and as text: readable in dark mode, without images,
 * and in mail programs that know only tables and inline styles.
 */
import { directionOf, labelled, languageOf } from "../../documents/language/registry.ts";
import type { Entry } from "../../documents/render/wording/wording.ts";

export type Letter = { subject: string; html: string; plain: string };

export type Brand = {
  name: string;
  /** A CSS colour, dark enough for white text on it. */
  accent: string;
  /** Attached under its content id. */
  logo: { cid: string; widthPx: number; heightPx: number } | null;
};

export type Action = { label: string; url: string };

export type Frame = {
  locale: string;
  brand: Brand;
  subject: string;
  title: string;
  /** The one sentence or figure that matters. */
  hero: string | null;
  paragraphs: readonly string[];
  entries: readonly Entry[];
  /** The first one is the button. */
  actions: readonly Action[];
  /** Small, under everything. */
  footer: readonly string[];
};

const STYLE = `:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
.page { background: #0f1217 !important } .card { background: #1b1f27 !important }
.ink { color: #f2f4f8 !important } .muted { color: #a9b1c0 !important }
.line { border-color: #363c48 !important } }
@media (max-width: 480px) { .card { padding: 24px 20px !important } }`;
const FONT = "font-family: -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const INK = "color: #121721";
const MUTED = "color: #5b6474";
const CARD = "background: #ffffff; border-radius: 10px; padding: 32px 36px; text-align: start";
const HERO = `${INK}; font-size: 18px; font-weight: 600; margin: 0 0 16px`;
const LINE = "border-top: 1px solid #e6e8ed; padding: 9px 0; font-size: 14px";

/** A letter as HTML and as plain text, with the same words in both. */
export function renderLetter(frame: Frame): Letter {
  const { locale, brand, subject, title, hero, paragraphs, actions } = frame;
  const page = (
    <html lang={locale} dir={directionOf(locale)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{subject}</title>
        <style>{STYLE}</style>
      </head>
      <body class="page" style={`margin: 0; background: #f2f4f7; ${FONT}`}>
        <Box style="padding: 28px 12px" class="page" width="100%">
          <Box style={`${CARD}; border-top: 4px solid ${brand.accent}`} class="card" width="560">
            <Sender brand={brand} />
            <h1 class="ink" style={`${INK}; font-size: 23px; line-height: 1.25; margin: 0 0 10px`}>
              {title}
            </h1>
            {hero && (
              <p class="ink" style={HERO}>
                {hero}
              </p>
            )}
            {paragraphs.map((text) => (
              <p class="ink" style={`${INK}; margin: 0 0 14px; white-space: pre-line`}>
                {text}
              </p>
            ))}
            <Actions actions={actions} brand={brand} />
            <Entries entries={frame.entries} />
            {frame.footer.map((text) => (
              <p class="muted" style={`${MUTED}; font-size: 13px; margin: 14px 0 0`}>
                {text}
              </p>
            ))}
          </Box>
        </Box>
      </body>
    </html>
  );
  return { subject, html: `<!doctype html>${page}`, plain: plainText(frame) };
}

function plainText(frame: Frame): string {
  const { locale, title, hero, paragraphs, entries, actions, footer, brand } = frame;
  const language = languageOf(locale);
  const headed = (label: string) => labelled(language, label, "").trimEnd();
  const parts = [
    title,
    hero,
    ...paragraphs,
    actions.map(({ label, url }) => `${headed(label)}\n${url}`).join("\n\n"),
    entries.map(({ label, value }) => labelled(language, label, value)).join("\n"),
    ...footer,
    brand.name,
  ];
  return parts.filter((part) => part !== null && part !== "").join("\n\n");
}

type BoxProps = { style: string; class: string; width: string; children?: unknown };

/** A centred cell: what every mail program lays out alike. */
function Box({ style, class: name, width, children }: BoxProps) {
  const fluid = width === "100%" ? "" : `width: 100%; max-width: ${width}px; `;
  return (
    <table role="presentation" width={width} align="center" style={`${fluid}border-spacing: 0`}>
      <tr>
        <td class={name} align="center" style={`${style}; font-size: 15px; line-height: 1.55`}>
          {children as never}
        </td>
      </tr>
    </table>
  );
}

/** On a plate of its own: a dark logo without ground stays visible in dark mode. */
function Sender({ brand: { name, logo } }: { brand: Brand }) {
  const text = `${INK}; font-size: 15px; font-weight: 600; margin: 0 0 22px`;
  if (!logo) {
    return (
      <p class="ink" style={text}>
        {name}
      </p>
    );
  }
  return (
    <p class="ink" style={text}>
      <img
        src={`cid:${logo.cid}`}
        alt={name}
        width={logo.widthPx}
        height={logo.heightPx}
        style={`${INK}; background: #ffffff; border-radius: 4px; padding: 4px; border: 0`}
      />
    </p>
  );
}

function Actions({ actions: [first, ...others], brand }: Pick<Frame, "actions" | "brand">) {
  if (!first) return null;
  const button = `background: ${brand.accent}; color: #ffffff; display: inline-block;
    padding: 11px 20px; border-radius: 6px; font-weight: 600; text-decoration: none`;
  return (
    <p style="margin: 20px 0 0">
      <a href={first.url} style={button}>
        {first.label}
      </a>
      {others.map(({ label, url }) => (
        <a href={url} class="ink" style={`${INK}; margin-inline-start: 20px`}>
          {label}
        </a>
      ))}
    </p>
  );
}

function Entries({ entries }: Pick<Frame, "entries">) {
  if (entries.length === 0) return null;
  return (
    <table role="presentation" width="100%" style="border-spacing: 0; margin: 18px 0 0">
      {entries.map(({ label, value }) => (
        <tr>
          <td class="muted line" style={`${MUTED}; ${LINE}; padding-inline-end: 16px`} valign="top">
            {label}
          </td>
          <td class="ink line" style={`${INK}; ${LINE}; text-align: end; overflow-wrap: anywhere`}>
            {value}
          </td>
        </tr>
      ))}
    </table>
  );
}
