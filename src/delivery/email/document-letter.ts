/** Pure. Letters that bring a document, or say what became of it, in its language and colour. */
import { KINDS } from "../../documents/kind/registry.ts";
import { fill } from "../../documents/language/format.ts";
import type { LetterLabels } from "../../documents/language/letter-labels.ts";
import { lettersFor } from "../../documents/language/registry.ts";
import type { DocumentModel } from "../../documents/model/model.ts";
import { themeOf } from "../../documents/render/pdf/theme.ts";
import {
  heroSentence,
  metaEntries,
  titleText,
  wordsOf,
} from "../../documents/render/wording/wording.ts";
import { type Action, type Brand, type Letter, renderLetter } from "./letter.tsx";

/** What a letter says of its document; `days` count from the due date. */
export type Occasion =
  | { letter: "document" }
  | { letter: "receipt" }
  | { letter: "reminder"; days: number };

export type DocumentLetter = {
  model: DocumentModel;
  occasion: Occasion;
  /** The sender's own words. */
  message: string | null;
  /** Where the document is shown online. */
  viewUrl: string | null;
  logo: Brand["logo"];
};

/** The letter that brings a document to its buyer, in the document's language. */
export function documentLetter(given: DocumentLetter): Letter {
  const { model, occasion, message, logo } = given;
  const words = wordsOf(model);
  const letter = lettersFor(model.language);
  const number = model.number ?? words.labels.noNumber;
  const title = titleOf(letter, occasion, titleText(words), number);
  const said = textsOf(letter, occasion, model);
  return renderLetter({
    locale: words.format.locale,
    brand: brandOf(model, logo),
    subject: `${title} \u2013 ${model.seller.name}`,
    title,
    hero: heroSentence(words),
    paragraphs: message === null ? said : [...said, message],
    entries: metaEntries(words),
    actions: actionsOf(given, words.labels.payOnline, letter.view),
    footer: [letter.attached],
  });
}

function titleOf(letter: LetterLabels, { letter: kind }: Occasion, title: string, number: string) {
  if (kind === "document") return title;
  return fill(letter[kind].title, { number });
}

function textsOf(letter: LetterLabels, occasion: Occasion, { kind }: DocumentModel): string[] {
  const addition = KINDS[kind].letter;
  switch (occasion.letter) {
    case "document":
      return addition === null ? [] : [letter[addition]];
    case "receipt":
      return [letter.receipt.text];
    case "reminder": {
      const { before, today, after, ignore } = letter.reminder;
      const { days } = occasion;
      return [days < 0 ? before : days === 0 ? today : after, ignore];
    }
  }
}

function actionsOf({ model, viewUrl }: DocumentLetter, pay: string, view: string): Action[] {
  const payUrl = BigInt(model.totals.dueMinor) > 0n ? model.payment?.url : null;
  return [
    ...(payUrl ? [{ label: pay, url: payUrl }] : []),
    ...(viewUrl ? [{ label: view, url: viewUrl }] : []),
  ];
}

function brandOf({ template, branding, seller }: DocumentModel, logo: Brand["logo"]): Brand {
  return { name: seller.name, accent: accentOf(template.name, branding.accent), logo };
}

/** The documents' accent as CSS. */
export function accentOf(name: DocumentModel["template"]["name"], accent: string | null): string {
  const color = themeOf({ name, version: 1 }, accent).accent;
  return `rgb(${color.map((part) => Math.round(part * 255)).join(", ")})`;
}
