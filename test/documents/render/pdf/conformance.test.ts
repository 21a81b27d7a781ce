/** Each rule of PDF/A-3b, PDF/UA-1 and Factur-X holds, and a file that breaks it is noticed. */
import { deflateSync, inflateSync } from "node:zlib";
import {
  PDFArray,
  PDFDict,
  PDFDocument,
  type PDFHexString,
  PDFName,
  type PDFNumber,
  PDFRawStream,
} from "pdf-lib";
import { describe, expect, it } from "vitest";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { ciiXml } from "../../../../src/documents/render/einvoice/cii.ts";
import { FONTS } from "../../../../src/documents/render/pdf/font-set.ts";
import { renderPdf } from "../../../../src/documents/render/pdf/render.ts";
import { jpeg } from "../../pictures.ts";
import { brokenRules, RULES } from "./checker.ts";
import { invoiceOfLines, sampleInvoice, sampleLine } from "./sample.ts";

function hybrid(model: DocumentModel): DocumentModel {
  return { ...model, facturX: ciiXml(model) };
}

const bytes = renderPdf(hybrid(sampleInvoice()), FONTS);

/** The file, its objects unpacked, with one text replaced by another of the same length. */
async function replaced(from: string, to: string): Promise<Uint8Array> {
  const copy = (await changed(() => {})).slice();
  const text = new TextDecoder("latin1").decode(copy);
  const at = text.indexOf(from);
  if (at < 0) throw new Error(`the file has no ${from}`);
  for (let i = 0; i < from.length; i++) copy[at + i] = to.padEnd(from.length).charCodeAt(i);
  return copy;
}

/** The file with something changed in its objects. */
async function changed(change: (file: PDFDocument) => void): Promise<Uint8Array> {
  const file = await PDFDocument.load(await bytes, { updateMetadata: false });
  change(file);
  return file.save({ useObjectStreams: false, addDefaultPage: false });
}

const name = PDFName.of;
const set = (key: string, value: string) =>
  changed(({ catalog }) => catalog.set(name(key), name(value)));
/** Sets an entry of the first dictionary that has `/having`. */
const inFirst = (having: string, key: string, value: PDFName | PDFNumber | PDFHexString | null) =>
  changed((file) => {
    for (const [, object] of file.context.enumerateIndirectObjects()) {
      const dict = object instanceof PDFRawStream ? object.dict : object;
      if (!(dict instanceof PDFDict) || !`${dict}`.includes(having)) continue;
      if (value) dict.set(name(key), value);
      else dict.delete(name(key));
      return;
    }
    throw new Error(`the file has no ${having}`);
  });
/** Changes the first page's content stream. */
const repainted = (change: (content: string) => string) =>
  changed((file) => {
    const page = file.getPage(0).node;
    const content = page.lookup(name("Contents")) as PDFRawStream;
    const text = inflateSync(content.contents).toString("latin1");
    const stream = file.context.flateStream(change(text));
    page.set(name("Contents"), file.context.register(stream));
  });
const shorterKids = (tag: string) =>
  changed((file) => {
    for (const [, object] of file.context.enumerateIndirectObjects()) {
      if (!(object instanceof PDFDict) || `${object.get(name("S"))}` !== tag) continue;
      const kids = object.get(name("K"));
      if (kids instanceof PDFArray) kids.remove(kids.size() - 1);
      return;
    }
  });

/** At least one broken file for every rule. */
const MUTANTS: [rule: string, how: string, make: () => Promise<Uint8Array>][] = [
  ["1", "an older header", () => replaced("%PDF-1.7", "%PDF-1.4")],
  ["2", "no ID", () => replaced("/ID [", "/Ix [")],
  ["3", "bytes after the end", async () => new Uint8Array([...(await bytes), 10, 10, 65])],
  ["4", "a wrong length", () => replaced("/Length 2", "/Length 3")],
  ["5", "a packet with bytes", () => replaced('id="W5M0Mp', 'bytes="100')],
  ["6", "part 2", () => replaced("<pdfaid:part>3", "<pdfaid:part>2")],
  ["6", "another title than Info's", () => replaced('x-default">Invoice', 'x-default">Receipt')],
  ["7", "an undeclared property", () => replaced(":name>DocumentType<", ":name>DocumentTyp3<")],
  ["8", "another level", () => replaced("Level>EN 16931<", "Level>EN-16931<")],
  ["9", "no output intent", () => replaced("/OutputIntents", "/OutputIntentz")],
  ["10", "no association", () => set("AF", "None")],
  ["11", "another relationship", () => replaced("/Alternative", "/Unspecified")],
  ["12", "no font file", () => replaced("/FontFile2", "/FontFile9")],
  ["12", "no widths", () => inFirst("/CIDFontType2", "W", null)],
  ["12", "another writing mode than its encoding's", () => replaced("/WMode 0", "/WMode 1")],
  ["12", "a glyph that is none", () => repainted((content) => content.replace(")Tj", "@)Tj"))],
  ["12", "a blank letter", () => repainted((content) => content.replace(")Tj", "\u00d4)Tj"))],
  ["13", "no ToUnicode", () => inFirst("/ToUnicode", "ToUnicode", null)],
  ["14", "a transparency group", () => inFirst("/Parent", "Group", name("Any"))],
  ["15", "an image with alternates", () => inFirst("/FontFile2", "Alternates", name("x"))],
  ["16", "a link that is not printed", () => replaced("/F 4", "/F 0")],
  ["17", "a form", () => set("AcroForm", "Any")],
  ["ua-catalog", "not marked", () => replaced("/Marked true", "/Marked 0")],
  ["ua-xmp", "no claim", () => replaced("<pdfuaid:part>1", "<pdfuaid:part>2")],
  ["ua-pages", "no tab order", () => inFirst("/Tabs", "Tabs", null)],
  ["ua-marked", "a bare rule", () => repainted((content) => `${content}\n0 0 9 9 re f`)],
  [
    "ua-parents",
    "a mark without an element",
    () => repainted((content) => `${content}\n/P<</MCID 999>>BDC\nEMC`),
  ],
  ["ua-heading", "an H2 first", () => replaced("/S /H1", "/S /H2")],
  ["ua-table", "a cell less", () => shorterKids("/TR")],
  ["ua-figure", "no text", () => inFirst("/Figure", "Alt", null)],
  ["ua-link", "no description", () => replaced("/Contents <", "/C0ntents <")],
  ["ua-elements", "an empty element", () => inFirst("/S /TD", "K", null)],
];

describe("a hybrid invoice", () => {
  it("keeps every rule", async () => {
    expect(await brokenRules(await bytes)).toEqual([]);
  });

  it("keeps every rule over several pages, watermarked, in the classic template", async () => {
    const model = invoiceOfLines(90, {
      watermark: "copy",
      status: "overdue",
      template: { name: "classic", version: 3 },
    });
    expect(await brokenRules(await renderPdf(hybrid(model), FONTS))).toEqual([]);
  });

  it("keeps every rule with divided rows, charts, hyphens and columns of blocks", async () => {
    const period = { start: "2026-10-01", end: "2026-10-02" };
    const bars = [
      { day: "2026-10-01", quantity: "3" },
      { day: "2026-10-02", quantity: "0" },
    ];
    const chart = { name: "Requests", unit: "calls", quantity: "3", period, bars };
    const long = "Donau\u00addampfschifffahrtsgesellschaft Wartungsvertrag ".repeat(20);
    const texts = { memo: long, notes: long, terms: long, footer: long.slice(0, 200) };
    for (const description of [long, long.repeat(12)]) {
      const line = sampleLine({ name: "Long", description });
      const usage = [chart, chart, chart];
      const model = sampleInvoice({ ...texts, language: "de", usage, lines: [line, line] });
      expect(await brokenRules(await renderPdf(hybrid(model), FONTS))).toEqual([]);
    }
  });

  it("keeps every rule with a logo that has an alpha channel", async () => {
    const samples = (count: number) => deflateSync(new Uint8Array(count)).toString("base64");
    const logo = {
      format: "flate",
      widthPx: 20,
      heightPx: 10,
      components: 3,
      data: samples(600),
      alpha: samples(200),
    } as const;
    const model = sampleInvoice({ branding: { accent: null, logo } });
    expect(await brokenRules(await renderPdf(hybrid(model), FONTS))).toEqual([]);
  });

  it("keeps every rule with files beside the e-invoice, whose bytes come out again", async () => {
    const attached = (name: string, type: string | null, text: string) => ({
      name,
      description: null,
      url: type === null ? text : null,
      type,
      sha256: null,
      ...(type === null ? {} : { content: Buffer.from(text).toString("base64") }),
    });
    const attachments = [
      attached("usage.csv", "text/csv", "day,calls"),
      attached("Elsewhere", null, "https://a.example/"),
      attached("Änderung.pdf", "application/pdf", "%PDF-1.7"),
      attached("a.csv", "text/csv", "1"),
    ];
    const pdf = await renderPdf(hybrid(sampleInvoice({ attachments })), FONTS);
    expect(await brokenRules(pdf)).toEqual([]);
    const file = await PDFDocument.load(pdf, { updateMetadata: false });
    const texts = file.context.enumerateIndirectObjects().flatMap(([, object]) => {
      const isFile = object instanceof PDFRawStream && `${object.dict}`.includes("/EmbeddedFile");
      return isFile ? [inflateSync(object.contents).toString()] : [];
    });
    expect(texts).toEqual(expect.arrayContaining(["day,calls", "%PDF-1.7", "1"]));
    expect(texts).toHaveLength(4);
  });

  // Where the corners of the file's picture come to stand, from the top left one clockwise.
  it.each([
    [2, ["top right", "top left", "bottom left", "bottom right"]],
    [3, ["bottom right", "bottom left", "top left", "top right"]],
    [4, ["bottom left", "bottom right", "top right", "top left"]],
    [5, ["top left", "bottom left", "bottom right", "top right"]],
    [6, ["top right", "bottom right", "bottom left", "top left"]],
    [7, ["bottom right", "top right", "top left", "bottom left"]],
    [8, ["bottom left", "top left", "top right", "bottom right"]],
  ])("turns a photograph that lies as Exif's %i says, and keeps every rule", async (...given) => {
    const [orientation, corners] = given;
    const data = Buffer.from(jpeg(96, 48, 3)).toString("base64");
    const [widthPx, heightPx] = orientation < 5 ? [96, 48] : [48, 96];
    const size = { widthPx, heightPx, components: 3 as const };
    const logo = { format: "jpeg" as const, ...size, orientation, data };
    const pdf = await renderPdf(hybrid(sampleInvoice({ branding: { accent: null, logo } })), FONTS);
    expect(await brokenRules(pdf)).toEqual([]);
    const file = await PDFDocument.load(pdf, { updateMetadata: false });
    const dicts = file.context
      .enumerateIndirectObjects()
      .map(([, object]) => (object instanceof PDFRawStream ? `${object.dict}` : ""));
    expect(dicts.find((dict) => dict.includes("/DCTDecode"))).toMatch(/Width 96\s+\/Height 48/);
    const form = dicts.find((dict) => dict.includes("/Form")) ?? "";
    const matrix = /Matrix \[ ([-\d ]+) \]/.exec(form)?.[1]?.split(" ").map(Number) ?? [];
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = matrix;
    const place = ([x = 0, y = 0]: number[]) =>
      `${b * x + d * y + f === 1 ? "top" : "bottom"} ${a * x + c * y + e === 1 ? "right" : "left"}`;
    const clockwise = [
      [0, 1],
      [1, 1],
      [1, 0],
      [0, 0],
    ];
    expect(clockwise.map(place)).toEqual(corners);
  });

  it.each(MUTANTS)("breaks rule %s with %s", async (rule, _how, make) => {
    expect(await brokenRules(await make())).toContain(rule);
  });

  it("has a broken file for every rule that bytes can break", () => {
    const shown = new Set(MUTANTS.map(([rule]) => rule));
    const left = RULES.map(({ id }) => id).filter((id) => !shown.has(id));
    expect(left).toEqual([]);
  });
});

describe("the same model", () => {
  it("gives the same bytes", async () => {
    const digest = async (model: DocumentModel) => {
      const file = await renderPdf(model, FONTS);
      return Buffer.from(await crypto.subtle.digest("SHA-256", file)).toString("hex");
    };
    const first = await digest(hybrid(invoiceOfLines(40)));
    await digest(sampleInvoice({ language: "pl" }));
    expect(await digest(hybrid(invoiceOfLines(40)))).toBe(first);
    expect(await digest(hybrid(invoiceOfLines(40, { status: "paid" })))).not.toBe(first);
  });

  it("stays within 32 KB for twenty lines with everything on", async () => {
    const file = await renderPdf(hybrid(invoiceOfLines(20)), FONTS);
    expect(file.length).toBeLessThanOrEqual(32 * 1024);
  });
});
