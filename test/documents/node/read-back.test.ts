/** What a reader that is not ours gets out of our files: text, places, tags, the attachment. */
import { describe, expect, it } from "vitest";
import { formatterIn } from "../../../src/documents/language/format.ts";
import { LANGUAGES } from "../../../src/documents/language/registry.ts";
import { type DocumentModel, TEMPLATES } from "../../../src/documents/model/model.ts";
import { ciiXml } from "../../../src/documents/render/einvoice/cii.ts";
import { invoiceOfLines, sampleInvoice, sampleLine } from "../render/pdf/sample.ts";
import { openPdf, outside, overlaps, print, readBoxes, readText } from "./read-pdf.ts";

const REGIONS = {
  en: "US",
  sv: "SE",
  ja: "JP",
  zh: "CN",
  ko: "KR",
  ar: "SA",
  he: "IL",
  hi: "IN",
} as const;

function localized(language: (typeof LANGUAGES)[number]): DocumentModel {
  const region = REGIONS[language as keyof typeof REGIONS] ?? language.toUpperCase();
  return sampleInvoice({ language, region, template: { name: "calm", version: 3 } });
}

describe("the text of a document", () => {
  it.each(LANGUAGES)("reads back every amount in %s", async (language) => {
    const model = localized(language);
    const format = formatterIn(language, model.region, model.currency);
    // Runs of two directions are read as texts of their own.
    const plain = (text: string) => text.normalize("NFKC").replace(/[\s\u2066-\u2069]/g, "");
    const text = plain(await readText(await print(model)));
    const { totals, lines } = model;
    for (const minor of [
      ...lines.map(({ amountMinor }) => amountMinor),
      ...totals.taxes.map(({ taxMinor }) => taxMinor),
      totals.subtotalMinor,
      totals.totalMinor,
    ]) {
      expect(text).toContain(plain(format.money(minor)));
    }
  });

  it("keeps the minus of a credit", async () => {
    expect(await readText(await print(sampleInvoice()))).toContain("\u2212€75.00");
  });

  it("keeps French thin spaces", async () => {
    const text = await readText(await print(localized("fr")));
    expect(text).toMatch(/12[\u202f\u00a0 ]359,61[\u00a0 ]€/);
    expect(text).not.toContain("/359");
  });

  it("keeps a character that no font has, behind a visible replacement", async () => {
    const model = sampleInvoice({ memo: "Merci \u{1F600} et مرحبا" });
    const text = await readText(await print(model));
    expect(text).toContain("\u{1F600}");
    for (const letter of "مرحبا") expect(text).toContain(letter);
  });

  it("shows a rupee, a euro, a yen, Polish, Hungarian and Russian letters", async () => {
    const text = await readText(await print(sampleInvoice({ memo: "₹ € ¥ ł ő Ж ₿ ẞ" })));
    expect(text).toContain("₹ € ¥ ł ő Ж ₿ ẞ");
  });
});

describe("the page", () => {
  const cases = TEMPLATES.flatMap((name) =>
    (["a4", "letter"] as const).map((size) => [name, size] as const),
  );

  it.each(cases)("never overlaps nor leaves its margins: %s on %s", async (name, size) => {
    const word = sampleLine({ name: "W".repeat(5000), amountMinor: "99999999999999" });
    const model = invoiceOfLines(60, {
      template: { name, version: 3 },
      page: { size, marginPt: 54 },
      status: "overdue",
      watermark: "draft",
      notes: "Thank you. ".repeat(200),
      fields: [{ label: "A rather long label of a field", value: "value ".repeat(60) }],
    });
    const lines = [...model.lines.slice(0, 3), word, ...model.lines.slice(3)];
    const pages = await readBoxes(await print({ ...model, lines }));
    const page = size === "a4" ? { w: 595.28, h: 841.89 } : { w: 612, h: 792 };
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.flatMap(overlaps)).toEqual([]);
    expect(pages.flatMap((boxes) => outside(boxes, 54, page))).toEqual([]);
  });

  it("aligns figures of one column on their right edge", async () => {
    const [boxes = []] = await readBoxes(await print(sampleInvoice()));
    const amounts = boxes.filter(({ text, x }) => /^[\u2212]?€[\d,.]+$/.test(text) && x > 440);
    const edges = amounts.map(({ x, width }) => x + width);
    expect(edges.length).toBeGreaterThan(8);
    expect(Math.max(...edges) - Math.min(...edges)).toBeLessThan(0.5);
  });

  it("numbers pages, repeats the head and carries the subtotal over", async () => {
    const pages = await readBoxes(await print(invoiceOfLines(60)));
    const texts = pages.map((boxes) => boxes.map(({ text }) => text).join("\n"));
    texts.forEach((text, i) => {
      expect(text).toContain(`Page ${i + 1} of ${pages.length}`);
      expect(text).toContain("INV-2026-042");
    });
    const carried = texts.flatMap((text) => /Carried forward\n(€[\d,.]+)/.exec(text)?.[1] ?? []);
    const brought = texts.flatMap((text) => /Brought forward\n(€[\d,.]+)/.exec(text)?.[1] ?? []);
    expect(carried.length).toBe(pages.length - 1);
    expect(brought).toEqual(carried);
    expect(texts.slice(1).every((text) => text.includes("Unit price"))).toBe(true);
  });

  it.each([5, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])(
    "keeps the totals with the last two of %i rows",
    async (count) => {
      const pages = await readBoxes(await print(invoiceOfLines(count, { payment: null })));
      const page = pages.find((boxes) => boxes.some(({ text }) => text === "Subtotal"));
      const texts = page?.map(({ text }) => text) ?? [];
      expect(texts).toContain("Amount due");
      expect(texts.some((text) => text.endsWith(`team ${count}`))).toBe(true);
      expect(texts.some((text) => text.endsWith(`team ${count - 1}`))).toBe(true);
    },
  );
});

describe("two rows under a long memo", () => {
  it.each(Array.from({ length: 12 }, (_, i) => 14 + 2 * i))(
    "keep the totals with them: %i lines of memo",
    async (count) => {
      const memo = Array.from({ length: count }, (_, i) => `Line ${i + 1} of the memo`).join("\n");
      const pages = await readBoxes(await print(invoiceOfLines(2, { memo, payment: null })));
      const pageOf = (wanted: string) =>
        pages.findIndex((boxes) => boxes.some(({ text }) => text.startsWith(wanted)));
      expect(pageOf("Support seats, team 1")).toBe(pageOf("Amount due"));
      expect(pageOf("Subtotal")).toBe(pageOf("Amount due"));
    },
  );
});

describe("a seller's name that is longer than a page", () => {
  it.each(TEMPLATES)("goes on in its column of the next page: %s", async (name) => {
    const sample = sampleInvoice({ template: { name, version: 3 } });
    const long = Array.from({ length: 400 }, (_, i) => `Name-${i}`).join(" ");
    const model = { ...sample, seller: { ...sample.seller, name: long } };
    const pages = await readBoxes(await print(model));
    const a4 = { w: 595.28, h: 841.89 };
    expect(pages.flatMap(overlaps)).toEqual([]);
    expect(pages.flatMap((boxes) => outside(boxes, 54, a4))).toEqual([]);
    const text = pages.flatMap((boxes) => boxes.map((box) => box.text)).join(" ");
    for (const i of [0, 199, 399]) expect(text).toContain(`Name-${i}`);
  });
});

describe("the structure", () => {
  it("is a tree that begins with the heading and holds tables", async () => {
    const file = await openPdf(await print(sampleInvoice()));
    const pages = Array.from({ length: file.numPages }, (_, i) => file.getPage(i + 1));
    const trees = pages.map(async (page) => (await page).getStructTree());
    const tree = JSON.stringify(await Promise.all(trees));
    for (const role of ["H1", "H2", "Table", "TR", "TH", "TD", "L", "LI", "Figure", "Link"]) {
      expect(tree).toContain(`"role":"${role}"`);
    }
    expect(tree.indexOf('"H1"')).toBeLessThan(tree.indexOf('"H2"'));
  });

  it("has its title, language and author in the metadata", async () => {
    const file = await openPdf(await print(sampleInvoice({ language: "de", region: "DE" })));
    const { info, metadata } = await file.getMetadata();
    expect(info).toMatchObject({
      Title: "Rechnung INV-2026-042",
      Author: "Acme Metering GmbH",
      Language: "de-DE",
    });
    expect(metadata?.get("dc:title")).toBe("Rechnung INV-2026-042");
  });

  it("gives back the attached invoice as it was put in", async () => {
    const facturX = ciiXml(sampleInvoice());
    const file = await openPdf(await print(sampleInvoice({ facturX })));
    const attachments = await file.getAttachments();
    const ids = [...(attachments?.keys() ?? [])];
    expect(ids).toEqual(["factur-x.xml"]);
    const content = await file.getAttachmentContent("factur-x.xml");
    expect(new TextDecoder().decode(content as Uint8Array) === facturX).toBe(true);
  });
});
