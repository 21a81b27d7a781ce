/**
 * Quantities as spreadsheets write them: with a decimal comma, or with marks between thousands.
 * What may be read in two ways is not read at all until an option says which. Pure.
 */
import { FileFault } from "./fault.ts";

export const MARKS = ["comma", "point"] as const;
export type Mark = (typeof MARKS)[number];

const BOTH_WAYS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;
const ONE_COMMA = /^[+-]?\d+,\d+$/;
const FORMS: Record<Mark, RegExp> = {
  comma: /^[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?$/,
  point: /^[+-]?(\d*|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?$/,
};

/** Errors: `FileFault` for another word. */
export function markOf(option: string | undefined): Mark | null {
  if (option === undefined || option === "comma" || option === "point") return option ?? null;
  throw new FileFault(`--decimal is one of ${MARKS.join(", ")}, not ${option}`);
}

export type Plain = { text: string } | { fault: string };

/**
 * A quantity with a decimal point and nothing between thousands; what is no number stays, for the
 * API to refuse. A file of commas has points, so only others are asked about `1.500`.
 */
export function plainQuantity(cell: string, mark: Mark | null, separator: string): Plain {
  const text = cell.trim();
  if (mark !== null) {
    if (!/[.,]/.test(text)) return { text };
    if (!FORMS[mark].test(text)) return { fault: `quantity ${text} has no decimal ${mark}` };
    const bare = text.replaceAll(mark === "comma" ? "." : ",", "");
    return { text: bare.replace(",", ".") };
  }
  const hasComma = text.includes(",");
  if (!hasComma && (separator === "," || !text.includes("."))) return { text };
  if (BOTH_WAYS.test(text)) {
    return { fault: `quantity ${text} can be read in two ways: say --decimal comma or point` };
  }
  if (ONE_COMMA.test(text)) return { text: text.replace(",", ".") };
  return hasComma ? { fault: `quantity ${text}: say --decimal comma or point` } : { text };
}
