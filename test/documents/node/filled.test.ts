/** What stands where: divided rows, carried sums, figures, feet, charts, words in tags. */
import { OPS } from "pdfjs-dist/legacy/build/pdf.mjs";
import { describe, expect, it } from "vitest";
import { formatterFor } from "../../../src/documents/language/format.ts";
import { TEMPLATES } from "../../../src/documents/model/model.ts";
import { invoiceOfLines, sampleInvoice, sampleLine } from "../render/pdf/sample.ts";
import { openPdf, overlaps, print, readBoxes, type TextBox } from "./read-pdf.ts";

const textsOf = (boxes: readonly TextBox[] | undefined) => boxes?.map(({ text }) => text) ?? [];
const minorOf = (text: string) =>
  Math.round(Number(text.replace(/[€,]/g, "").replace("\u2212", "-")) * 100);

describe("a row that is taller than a page", () => {
  const description = Array.from({ length: 80 }, (_, i) => `${i} Wartung der Plattform`).join("\n");
  const line = (name: string, amountMinor: string, more = {}) =>
    sampleLine({ name, amountMinor, netMinor: amountMinor, ...more });
  const lines = [
    line("First", "1000"),
    line("Long", "190000", { description, quantity: "2", unitPrice: "950" }),
    line("Last", "500"),
  ];

  it.each(TEMPLATES)(
    "begins where it stands, and is carried where its amount is: %s",
    async (name) => {
      const model = sampleInvoice({ lines, payment: null, template: { name, version: 3 } });
      const pages = (await readBoxes(await print(model))).map(textsOf);
      expect(pages.length).toBe(2);
      expect(pages[0]).toContain("0 Wartung der Plattform");
      expect(
        pages[0]?.filter((text) => text.endsWith("Wartung der Plattform")).length,
      ).toBeGreaterThan(20);
      expect(pages[0]).toContain("€1,900.00");
      const carried = pages[0]?.[pages[0].indexOf("Carried forward") + 1];
      const brought = pages[1]?.[pages[1].indexOf("Brought forward") + 1];
      expect([carried, brought]).toEqual(["€1,910.00", "€1,910.00"]);
      expect(pages[1]).toContain("79 Wartung der Plattform");
    },
  );
});

describe("carried sums", () => {
  it.each([23, 41, 64, 97])("are those of the amounts above them: %i lines", async (count) => {
    const model = invoiceOfLines(count, { memo: "A memo. ".repeat(count) });
    const lines = model.lines.map((line, i) => ({
      ...line,
      amountMinor: `${(i + 1) * 1111}`,
      description: i % 7 === 3 ? "A longer description of what was done. ".repeat(i) : null,
    }));
    const pages = await readBoxes(await print({ ...model, lines }));
    let sum = 0;
    for (const boxes of pages.slice(0, -1)) {
      const table = boxes.filter(
        ({ x, width, size }) => Math.abs(x + width - 541.28) < 1 && size >= 8,
      );
      const amounts = table.filter(({ text }) => /^€[\d,.]+$/.test(text));
      const brought = sum > 0 ? amounts.shift() : undefined;
      if (brought) expect(minorOf(brought.text)).toBe(sum);
      const carried = amounts.pop();
      sum += amounts.reduce((all, { text }) => all + minorOf(text), 0);
      expect(minorOf(carried?.text ?? "")).toBe(sum);
    }
    expect(sum).toBeGreaterThan(0);
  });
});

describe("totals that are taller than a page", () => {
  it("begin where they stand", async () => {
    const sample = invoiceOfLines(2);
    const [group] = sample.totals.taxes;
    if (!group) throw new RangeError("the sample is taxed");
    const taxes = Array.from({ length: 100 }, (_, i) => ({ ...group, percent: `${i}.5` }));
    const pages = await readBoxes(await print({ ...sample, totals: { ...sample.totals, taxes } }));
    expect(textsOf(pages[0])).toContain("Subtotal");
    expect(textsOf(pages[0])).toContain("Support seats, team 2");
    expect(pages.flatMap(overlaps)).toEqual([]);
    for (const boxes of pages) expect(boxes.length).toBeGreaterThan(10);
  });
});

describe("figures of a column", () => {
  const quantities = ["2", "3.333333", "1250", "0.5"];
  const lines = quantities.map((quantity, i) =>
    sampleLine({ quantity, unitPrice: ["14.5", "120", "0.0004", "1200"][i] ?? "1" }),
  );

  it.each([
    ["en", "US"],
    ["de", "DE"],
  ] as const)("stand with their decimal points under each other: %s", async (language, region) => {
    const model = sampleInvoice({ lines, language, region });
    const [boxes = []] = await readBoxes(await print(model));
    const format = formatterFor(language, region, model.currency);
    const find = (text: string) => {
      const box = boxes.find((one) => one.text.replace(/\s/g, " ") === text.replace(/\s/g, " "));
      const { x = 0, width = 0 } = box && box.x < 440 ? box : {};
      return { left: x, right: x + width };
    };
    const digit = (1328 / 2048) * 9;
    const [two, three, many, half] = quantities.map((text) => find(format.decimal(text)));
    expect(many?.right).toBeCloseTo(two?.right ?? 0, 0);
    expect(three?.left).toBeCloseTo((two?.right ?? 0) - digit, 0);
    expect(half?.left).toBeCloseTo((two?.right ?? 0) - digit, 0);
    const prices = ["14.5", "1200", "0.0004"].map((text) => find(format.price(text)).right);
    expect(prices[1]).toBeCloseTo(prices[0] ?? 0, 0);
    expect((prices[2] ?? 0) - (prices[0] ?? 0)).toBeCloseTo(2 * digit, 0);
  });

  it("are of one size", async () => {
    const wide = sampleLine({ quantity: "123456789012", unitPrice: "123456789.123456789012" });
    const [boxes = []] = await readBoxes(await print(sampleInvoice({ lines: [...lines, wide] })));
    const amounts = boxes.filter(({ text, x, y }) => text === "€120.00" && x > 400 && y > 250);
    const prices = boxes.filter(({ text }) => /^€(14\.50|1,200\.00)$/.test(text));
    expect(new Set([...amounts, ...prices].map(({ size }) => size.toFixed(2))).size).toBe(1);
  });
});

describe("the issuer's footer", () => {
  it("is part of each page's foot, and is read once", async () => {
    const footer = "Acme Metering GmbH · Amtsgericht Berlin HRB 12345";
    const bytes = await print(invoiceOfLines(30, { footer }));
    const pages = await readBoxes(bytes);
    expect(pages.length).toBeGreaterThan(1);
    for (const boxes of pages) {
      const box = boxes.find(({ text }) => text === footer);
      const page = boxes.find(({ text }) => /^Page \d/.test(text));
      expect(box?.y).toBeLessThan(page?.y ?? 0);
      expect(box?.y).toBeGreaterThan(54);
    }
    const file = await openPdf(bytes);
    expect(await marksWith(file, footer)).toBe(1);
  });

  it("does not take a page of its own", async () => {
    const full = invoiceOfLines(9, { footer: null });
    const [one, two] = [await print(full), await print({ ...full, footer: "Acme · Berlin" })];
    expect((await readBoxes(two)).length).toBe((await readBoxes(one)).length);
  });
});

type File = Awaited<ReturnType<typeof openPdf>>;

/** The text of each element's marked content: its glyphs' characters one after the other. */
async function markedTexts(file: File): Promise<string[]> {
  const texts: string[] = [];
  for (let i = 1; i <= file.numPages; i++) {
    const { fnArray, argsArray } = await (await file.getPage(i)).getOperatorList();
    const open: (string | null)[] = [];
    fnArray.forEach((operator, j) => {
      const args = argsArray[j] as unknown[];
      if (operator === OPS.beginMarkedContentProps) open.push(args[0] === "Artifact" ? null : "");
      else if (operator === OPS.endMarkedContent) {
        const text = open.pop();
        if (text) texts.push(text);
      } else if (operator === OPS.showText && typeof open.at(-1) === "string") {
        const glyphs = (args[0] as (number | { unicode: string })[]).flatMap((glyph) =>
          typeof glyph === "number" ? [] : [glyph.unicode],
        );
        open.push((open.pop() ?? "") + glyphs.join(""));
      }
    });
  }
  return texts;
}

async function marksWith(file: File, wanted: string): Promise<number> {
  return (await markedTexts(file)).filter((text) => text.includes(wanted)).length;
}

describe("the text of an element", () => {
  it("keeps words apart at the ends of lines", async () => {
    const words = Array.from({ length: 90 }, (_, i) => `word${i}`).join(" ");
    const memo = `${words}\n${words}`;
    const line = sampleLine({ name: `Name ${words}`, description: words });
    const file = await openPdf(await print(sampleInvoice({ memo, lines: [line], notes: words })));
    const texts = await markedTexts(file);
    expect(texts.filter((text) => text.includes(`${words} ${words}`)).length).toBe(2);
    expect(texts.some((text) => text.trim() === words)).toBe(true);
    expect(texts.some((text) => text.includes("Musterstraße 12 10115 Berlin Germany"))).toBe(true);
  });

  it("does not part what was cut within a word", async () => {
    const long = "x".repeat(300);
    const file = await openPdf(await print(sampleInvoice({ memo: long })));
    expect(await marksWith(file, long)).toBe(1);
  });
});

describe("a usage chart", () => {
  const bars = Array.from({ length: 31 }, (_, i) => ({
    day: `2026-10-${String(i + 1).padStart(2, "0")}`,
    quantity: `${i * 40}`,
  }));
  const period = { start: "2026-10-01", end: "2026-10-31" };
  const chart = { name: "API requests", unit: "calls", quantity: "18600", period, bars };

  it("stands on the page that has room, with days under its bars and a scale", async () => {
    const pages = await readBoxes(await print(invoiceOfLines(3, { usage: [chart] })));
    expect(pages.length).toBe(1);
    const boxes = pages[0] ?? [];
    const days = boxes.filter(({ text, size }) => /^\d{1,2}$/.test(text) && size === 7);
    const row = days.filter(({ y }) => y === days.at(-1)?.y);
    expect(textsOf(row)).toEqual(bars.map((_, i) => `${i + 1}`));
    const middles = row.map(({ x, width }) => x + width / 2);
    const steps = middles.slice(1).map((middle, i) => middle - (middles[i] ?? 0));
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(0.2);
    for (const text of [
      "0",
      "500",
      "1,000",
      "1,500\u00a0calls",
      "October 1, 2026",
      "October 31, 2026",
    ]) {
      expect(textsOf(boxes).map((one) => one.replace(" calls", "\u00a0calls"))).toContain(text);
    }
  });

  it("labels as many of many days as have room", async () => {
    const many = Array.from({ length: 92 }, (_, i) => ({
      day: new Date(Date.UTC(2026, 6, 1 + i)).toISOString().slice(0, 10),
      quantity: `${i}`,
    }));
    const model = invoiceOfLines(3, { usage: [{ ...chart, bars: many }] });
    const [boxes = []] = await readBoxes(await print(model));
    const days = boxes.filter(
      ({ text, size, y }) => /^\d{1,2}$/.test(text) && size === 7 && y < 300,
    );
    expect(days.length).toBeGreaterThan(20);
  });
});
