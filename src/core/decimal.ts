/**
 * Exact decimals between JSON and integers. A decimal travels as text or as a scaled bigint, never
 * as a float: JSON numbers are taken by their digits, and answered by their digits.
 */
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** What a decimal may look like on the wire. */
export type DecimalInput = number | string;

export type Scaled = { ok: true; value: bigint } | { ok: false; reason: DecimalFault };
export type DecimalFault = "not_a_decimal" | "too_precise";

/**
 * `input` × 10^`decimals` as an integer.
 * Errors: `not_a_decimal` (NaN, Infinity, other text), `too_precise` (more than `decimals` places).
 */
export function scaledInteger(input: DecimalInput, decimals: number): Scaled {
  const match = DECIMAL.exec(typeof input === "number" ? String(input) : input);
  if (!match) return { ok: false, reason: "not_a_decimal" };
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] = match;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  const shift = decimals + Number(exponent) - fraction.length;
  if (digits === "0") return { ok: true, value: 0n };
  if (digits.length + shift > 60) return { ok: true, value: sign ? -(10n ** 60n) : 10n ** 60n };
  const value = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : cutZeros(digits, -shift);
  if (value === null) return { ok: false, reason: "too_precise" };
  return { ok: true, value: sign ? -value : value };
}

function cutZeros(digits: string, places: number): bigint | null {
  const trailing = /0*$/.exec(digits)?.[0].length ?? 0;
  if (trailing < places) return null;
  return BigInt(digits.slice(0, digits.length - places) || "0");
}

/** A scaled integer as its shortest decimal text: 1500000n with 6 decimals is `1.5`. */
export function decimalText(value: bigint, decimals: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const cut = digits.length - decimals;
  const fraction = digits.slice(cut).replace(/0+$/, "");
  return sign + digits.slice(0, cut) + (fraction ? `.${fraction}` : "");
}

/** A scaled integer with all its places: 150n with 2 decimals is `1.50`. */
export function fixedText(value: bigint, decimals: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const cut = digits.length - decimals;
  return sign + digits.slice(0, cut) + (decimals > 0 ? `.${digits.slice(cut)}` : "");
}

type RawJson = { rawJSON(text: string): unknown };

/** A JSON number whose digits are exactly `text` once it is serialised. Not for arithmetic. */
export function exactNumber(text: string): number {
  return (JSON as unknown as RawJson).rawJSON(text) as number;
}

// A number that a double may not hold: sixteen digits or more, or any exponent. Beginning with what
// stands before a number keeps the search as fast as a search for one character.
const RISKY = /[:[,]\s*-?(?:\d[\d.]{16}|\d[\d.]*[eE])/;
const ROOT_NUMBER = /^\s*-?\d/;
const NUMBER_DIGITS = /^-?0*\.?0*([\d.]*)/;

/**
 * JSON.parse, but a number literal that a double cannot hold exactly arrives as its own text, so
 * that a decimal field still sees every digit.
 * Errors: SyntaxError as JSON.parse throws it.
 */
export function parseJsonExactly(text: string): unknown {
  if (!RISKY.test(text) && !ROOT_NUMBER.test(text)) return JSON.parse(text);
  const reviver = (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    return isExactDouble(source, value) ? value : source;
  };
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

function isExactDouble(source: string, value: number): boolean {
  const digits = (NUMBER_DIGITS.exec(source)?.[1] ?? "").replace(".", "").replace(/0+$/, "");
  if (!Number.isFinite(value)) return false;
  if (value === 0) return digits === "";
  return digits.length <= 15;
}
