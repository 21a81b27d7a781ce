/**
 * Memory over many documents in shaped scripts, no two alike, so that every cache is filled and
 * emptied again.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { print } from "../../node/read-pdf.ts";
import { invoiceOfLines } from "../pdf/sample.ts";
import { generatedStrings } from "./strings.ts";

const KINDS = [
  { script: "Arabic", language: "ar", region: "SA" },
  { script: "Hebrew", language: "he", region: "IL" },
  { script: "Devanagari", language: "hi", region: "IN" },
] as const;
const LINES = 20;
/** Caches are full by then. */
const SETTLED = 0.3;
const PARTS = 10;
/** What the live heap may gain after that. */
const MOST_GAIN_BYTES = 4 * 1024 * 1024;

/** The live heap and what the process takes, in bytes, after so many documents. */
export type Measured = { documents: number; heap: number; resident: number };

/** Prints documents and says what memory is in use after each tenth; true where it stayed flat. */
export async function measureMemory(
  documents: number,
  say: (measured: Measured) => void,
): Promise<boolean> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const all: Measured[] = [];
  for (let i = 0; i < documents; i++) {
    await print(shapedInvoice(i));
    if ((i + 1) % Math.ceil(documents / PARTS) !== 0) continue;
    collect();
    collect();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const measured = { documents: i + 1, heap: heapUsed + arrayBuffers, resident: rss };
    all.push(measured);
    say(measured);
  }
  const settled = all[Math.floor(all.length * SETTLED)];
  const last = all.at(-1);
  if (!settled || !last) return false;
  return last.heap - settled.heap < MOST_GAIN_BYTES;
}

function shapedInvoice(seed: number): DocumentModel {
  const kind = KINDS[seed % KINDS.length] ?? KINDS[0];
  const { script, language, region } = kind;
  const words = generatedStrings(script, 3 * LINES, seed + 1);
  const invoice = invoiceOfLines(LINES, { language, region });
  const lines = invoice.lines.map((line, i) => ({
    ...line,
    name: words.slice(3 * i, 3 * i + 2).join(" "),
    detail: words[3 * i + 2] ?? null,
  }));
  return { ...invoice, number: `INV-${seed}`, lines };
}
