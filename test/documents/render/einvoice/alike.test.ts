/** Lines that are alike are written as each is by itself, most of them without being asked for. */
import { expect, it } from "vitest";
import { writeAlike } from "../../../../src/documents/render/einvoice/alike.ts";
import type { SemanticLine } from "../../../../src/documents/render/einvoice/semantic.ts";
import { branch, leaf } from "../../../../src/documents/render/einvoice/xml.ts";

function lineOf(id: number, more: Partial<SemanticLine> = {}): SemanticLine {
  return {
    id: `${id}`,
    name: `Seats, team ${id}`,
    description: null,
    quantity: `${id + 1}`,
    unitCode: "C62",
    price: "120",
    adjustments: [],
    period: null,
    tax: { category: "S", percent: "19" },
    net: `${120 * (id + 1)}.00`,
    classification: null,
    baseQuantity: null,
    gross: null,
    particulars: {},
    ...more,
  };
}

/** Has all of a line in it, in another order than the line. */
function write(line: SemanticLine): string {
  const { tax, period, particulars } = line;
  return branch(
    "line",
    leaf("net", line.net),
    leaf("quantity", line.quantity, { unitCode: line.unitCode }),
    leaf("id", line.id),
    branch("item", leaf("name", line.name), leaf("text", line.description)),
    leaf("tax", `${tax.category} ${tax.percent}`),
    leaf("start", period?.start),
    leaf("end", period?.end),
    leaf("price", line.price),
    leaf("note", particulars.note),
    leaf("base", line.baseQuantity),
    leaf("gross", line.gross?.price),
    leaf("code", line.classification?.code),
    ...line.adjustments.map(({ amount }) => leaf("off", amount)),
  );
}

/** What is written of lines, and how often `write` was asked. */
function written(lines: readonly SemanticLine[]) {
  let asked = 0;
  const one = writeAlike((line) => {
    asked += 1;
    return write(line);
  });
  return { texts: lines.map(one), asked };
}

it("asks once for lines that differ in their own texts", () => {
  const lines = Array.from({ length: 50 }, (_, i) => lineOf(i));
  const { texts, asked } = written(lines);
  expect(texts).toEqual(lines.map(write));
  expect(asked).toBe(1);
});

it("asks once for each shape, and for every line where there are many shapes", () => {
  const few = Array.from({ length: 48 }, (_, i) => lineOf(i, { unitCode: `C${i % 8}` }));
  expect(written(few)).toEqual({ texts: few.map(write), asked: 8 });
  const many = Array.from({ length: 48 }, (_, i) => lineOf(i, { unitCode: `C${i % 16}` }));
  expect(written(many)).toEqual({ texts: many.map(write), asked: 8 + 24 });
});

const adjustment = {
  charge: false,
  amount: "1.00",
  reason: "Discount",
  reasonCode: null,
  share: null,
  tax: { category: "S", percent: "19" },
} as const;
const OTHERS: Record<string, Partial<SemanticLine>> = {
  "a unit": { unitCode: "HUR" },
  "a tax": { tax: { category: "S", percent: "7" } },
  "a category of tax": { tax: { category: "Z", percent: "19" } },
  "a description": { description: "Prorated" },
  "a blank description": { description: "  " },
  "a period": { period: { start: "2026-10-01", end: "2026-10-31" } },
  "another end": { period: { start: "2026-10-01", end: "2026-11-30" } },
  "a discount": { adjustments: [adjustment] },
  "a quantity of its price": { baseQuantity: "100" },
  "a gross price": { gross: { price: "130", discount: "10" } },
  "a code": { classification: { list: "HS", code: "8471" } },
  "a note": { particulars: { note: "As agreed" } },
  "markup in its name": { name: `<b>"R&D"</b>` },
  "no name": { name: " " },
  "what stands for own texts in its own": { name: "\x80\x81 \x85", description: "\x80" },
  "what is beyond Latin": { name: "Ωμέγα 座席 😀" },
  "what XML cannot hold": { name: "a\u0000b\ud800" },
  "blanks around it": { name: " Seats " },
};

it.each(Object.keys(OTHERS))("writes a line that has %s as it is by itself", (name) => {
  const other = OTHERS[name] ?? {};
  const lines = [lineOf(1), lineOf(2, other), lineOf(3), lineOf(4, other), lineOf(5)];
  expect(written(lines).texts).toEqual(lines.map(write));
  expect(written(lines.slice(1)).texts).toEqual(lines.slice(1).map(write));
});
