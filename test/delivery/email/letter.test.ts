import { describe, expect, it } from "vitest";
import type { Alert } from "../../../src/delivery/alert/alert-route.ts";
import {
  accentOf,
  type DocumentLetter,
  documentLetter,
} from "../../../src/delivery/email/document-letter.ts";
import type { Letter } from "../../../src/delivery/email/letter.tsx";
import { noticeLetter } from "../../../src/delivery/email/notice.ts";
import { formatterIn } from "../../../src/documents/language/format.ts";
import {
  LANGUAGES,
  type Language,
  languageRecord,
} from "../../../src/documents/language/registry.ts";
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { sampleInvoice } from "../../documents/render/pdf/sample.ts";

const VIEW = "https://bills.example/d/lnk_1";
const PAY = "https://pay.example/?a=1&b=2";

function invoice(language: Language, more: Partial<DocumentModel> = {}): DocumentModel {
  const { payment, ...sample } = sampleInvoice({ language });
  if (!payment) throw new Error("the sample asks for its money");
  return { ...sample, payment: { ...payment, url: PAY }, ...more };
}

function letterOf(model: DocumentModel, more: Partial<DocumentLetter> = {}): Letter {
  const occasion = { letter: "document" } as const;
  return documentLetter({ model, occasion, message: null, viewUrl: VIEW, logo: null, ...more });
}

const usage = {
  window_id: "w",
  subscription_id: null,
  metric_name: "api_calls",
  event_id: null,
  threshold_percent: 90,
  usage_percent: 92,
  used_quantity: 920.5,
  included_quantity: 1_000,
  alert_level: "warning" as const,
  cause: "usage" as const,
  message: "",
};
const ALERTS: Alert[] = [
  { type: "usage.threshold_reached", body: usage },
  { type: "usage.limit_reached", body: usage },
  {
    type: "invoice.overdue",
    body: {
      invoice_id: "inv_1",
      number: "INV-1",
      total: 1,
      currency: "EUR",
      amount_due: 1,
      due_date: "2026-01-31",
    },
  },
  {
    type: "email.failed",
    body: { email_id: "eml_1", to: ["a@b.test"], subject: "Hi", reason: "550 <gone>" },
  },
  { type: "webhook.disabled", body: { endpoint_id: "e", url: "https://a.test", reason: "gone" } },
  {
    type: "webhook.disabled",
    body: { endpoint_id: "e", url: "https://a.test", reason: "failing" },
  },
];

/** Every letter there is, in one language. */
function lettersIn(language: Language): Letter[] {
  const model = invoice(language);
  const format = formatterIn(language, "DE", "EUR");
  const brand = { name: "Acme", accent: accentOf("calm", null), logo: null };
  const reader = { language, format, brand, tenantName: "Acme" };
  const occasions = [-3, 0, 7].map((days) => ({ letter: "reminder", days }) as const);
  return [
    letterOf(model),
    letterOf(invoice(language, { kind: "quote" })),
    letterOf(invoice(language, { kind: "credit_note", payment: null })),
    letterOf(model, { occasion: { letter: "receipt" } }),
    ...occasions.map((occasion) => letterOf(model, { occasion })),
    ...ALERTS.map((alert) => noticeLetter(alert, reader)),
  ];
}

describe("every letter", () => {
  it.each(LANGUAGES)("in %s has every text, with no placeholder left", (language) => {
    const letters = lettersIn(language);
    for (const { subject, html, plain } of letters) {
      const shown = html.replace(/<style>[\s\S]*?<\/style>/, "");
      for (const text of [subject, plain, shown])
        expect(text).not.toMatch(/[{}]|\b(?:undefined|null)\b/);
      expect(html).toContain(`<html lang="${language}`);
    }
    expect(new Set(letters.map(({ plain }) => plain)).size).toBe(letters.length);
  });

  it("differs in every language", () => {
    const [first = [], ...others] = LANGUAGES.map((language) => lettersIn(language));
    for (const other of others) {
      for (const [n, { html }] of other.entries()) expect(html).not.toBe(first[n]?.html);
    }
  });
});

describe("a letter", () => {
  it("escapes what people wrote, in HTML alone", () => {
    const message = 'Thanks & <b onclick="x">bye</b>';
    const { html, plain } = letterOf(invoice("en"), { message });
    expect(html).toContain("Thanks &amp; &lt;b onclick=&quot;x&quot;&gt;");
    expect(plain).toContain(message);
  });

  it("leads to where the document is paid and seen, in HTML and in text", () => {
    const { html, plain } = letterOf(invoice("en"));
    const links = [...html.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href);
    expect(links).toEqual([PAY.replace("&", "&amp;"), VIEW]);
    expect(plain).toContain(PAY);
    expect(plain).toContain(VIEW);
  });

  it("asks for no money where none is due", () => {
    const { totals } = invoice("en");
    const paid = invoice("en", { totals: { ...totals, dueMinor: "0" } });
    expect(letterOf(paid, { occasion: { letter: "receipt" } }).plain).not.toContain(PAY);
  });

  it("shows the logo that is attached, and the name where pictures are not shown", () => {
    const { html } = letterOf(invoice("en"), { logo: { cid: "logo", widthPx: 90, heightPx: 30 } });
    const name = invoice("en").seller.name;
    expect(html).toMatch(/<img src="cid:logo" alt="[^"]+" width="90" height="30"/);
    expect(html).toContain(`alt="${name}"`);
  });

  it("names no picture and no file of another server", () => {
    for (const { html } of lettersIn("en"))
      expect(html).not.toMatch(/src="http|url\(|<link|<script/);
  });

  it("shows a quantity with all its digits", () => {
    const body = { ...usage, used_quantity: "9007199254740993.000001" as unknown as number };
    const format = formatterIn("en", "US", "USD");
    const brand = { name: "Acme", accent: "#000", logo: null };
    const reader = { language: "en" as const, format, brand, tenantName: "Acme" };
    const { plain } = noticeLetter({ type: "usage.limit_reached", body }, reader);
    expect(plain).toContain("9,007,199,254,740,993.000001");
  });
});

describe("the words of letters", () => {
  const said = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(Object(value)).flatMap(said);
  const words = LANGUAGES.flatMap((language) =>
    said(languageRecord(language).letters).map((text) => [language, text] as const),
  );
  const faults = (wrong: RegExp, languages: string) =>
    words.filter(([language, text]) => languages.includes(language) && wrong.test(text));

  it("are punctuated as each language is", () => {
    expect(words.length).toBeGreaterThan(300);
    // French sets a space that does not break before a colon, and a narrow one before others.
    expect(faults(/[^\u00a0]:|[^\u202f][;!?]/, "fr")).toEqual([]);
    expect(faults(/[\u00a0\u202f ][:;!?]/, "en de es it pt nl pl sv he ar hi ko")).toEqual([]);
    expect(faults(/[,:;()!?]/, "ja zh")).toEqual([]);
    expect(faults(/[,;?]/, "ar")).toEqual([]);
    expect(faults(/'|"| {2}|^\s|\s$/, LANGUAGES.join(" "))).toEqual([]);
  });

  it("address their reader formally", () => {
    expect(faults(/\b(du|dein\w*|dich|dir)\b/i, "de")).toEqual([]);
    expect(faults(/\b(tu|ton|tes|toi)\b/i, "fr")).toEqual([]);
    expect(faults(/\b(tu|tus|tuyo|tienes)\b/i, "es")).toEqual([]);
    expect(faults(/\b(tu|tuo|tua)\b|\bsu[oa] (?:favore|pagamento)/, "it")).toEqual([]);
    expect(faults(/\b(je|jij|jouw)\b/i, "nl")).toEqual([]);
    expect(faults(/\b(du|din|ditt)\b/i, "sv")).toEqual([]);
  });

  it("stand in plain text behind the language's own colon", () => {
    expect(letterOf(invoice("fr")).plain).toMatch(/^Voir en ligne\u00a0:$/m);
    expect(letterOf(invoice("ja")).plain).toMatch(/^オンラインで表示：$/m);
    expect(letterOf(invoice("de")).plain).toMatch(/^Online ansehen:$/m);
  });
});
