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
  if (digits.length - zerosCut(digits).length < places) return null;
  return BigInt(digits.slice(0, digits.length - places) || "0");
}

/** Without the zeros at its end, in one pass: /0+$/ takes the square where a digit follows. */
function zerosCut(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end--;
  return digits.slice(0, end);
}

export type Rounded =
  | { ok: true; value: bigint; exact: boolean }
  | { ok: false; reason: "not_a_decimal" };

/**
 * `input` × 10^`decimals` as the nearest integer, what lies halfway as the even one; `exact` where
 * nothing was lost. Errors: `not_a_decimal`.
 */
export function roundedInteger(input: DecimalInput, decimals: number): Rounded {
  const scaled = scaledInteger(input, decimals);
  if (scaled.ok) return { ok: true, value: scaled.value, exact: true };
  const match = DECIMAL.exec(String(input));
  if (!match) return { ok: false, reason: "not_a_decimal" };
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const kept = digits.length + decimals + Number(exponent) - fraction.length;
  // Below a tenth of the last place nothing can round up.
  const head = kept > 0 ? digits.slice(0, kept).replace(/^0+(?=\d)/, "") : "0";
  const cut = kept >= 0 ? digits.slice(kept) : "0";
  const value = BigInt(head) + (isRoundedUp(head, cut) ? 1n : 0n);
  return { ok: true, value: sign ? -value : value, exact: false };
}

/** Whether `cut`, the digits behind `head`, is more than half of its last place, or half of odd. */
function isRoundedUp(head: string, cut: string): boolean {
  const first = cut.charAt(0);
  if (first !== "5") return first > "5";
  return zerosCut(cut).length > 1 || Number(head.at(-1)) % 2 === 1;
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
const RISKY = /[:[,]\s*-?(?:\d[\d.]{15}|\d[\d.]*[eE])/;
const ROOT_NUMBER = /^\s*-?\d/;
/** RFC 8259 section 6. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NUMBER_DIGITS = /^-?0*\.?0*([\d.]*)/;

/**
 * JSON.parse, but a number literal that a double cannot hold exactly arrives as its own text, so
 * that a decimal field still sees every digit.
 * Errors: SyntaxError as JSON.parse throws it.
 */
export function parseJsonExactly(text: string): unknown {
  if (!RISKY.test(text) && !ROOT_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(withNumbersQuoted(text));
}

const [QUOTE, BACKSLASH, MINUS, PLUS, DOT, ZERO, NINE] = [34, 92, 45, 43, 46, 48, 57];

const E = 0x65;

/**
 * The text with each number that a double cannot hold as a string of its digits. One pass; a
 * reviver would be called for every value. What is no JSON stays so.
 */
function withNumbersQuoted(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = afterString(text, at);
    else if (code !== MINUS && !isDigit(code)) at++;
    else {
      const end = afterNumber(text, at);
      if (isInexact(text, at, end)) {
        pieces.push(text.slice(copied, at), `"${text.slice(at, end)}"`);
        copied = end;
      }
      at = end;
    }
  }
  return copied === 0 ? text : pieces.join("") + text.slice(copied);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function afterString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) {
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return at + 1;
}

function afterNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isPart = isDigit(code) || code === DOT || code === PLUS || code === MINUS;
    if (!isPart && (code | 0x20) !== E) break;
  }
  return at;
}

const MOST_DIGITS = 15;

/** True for a number of JSON, and no name of a field, that a double does not hold exactly. */
function isInexact(text: string, start: number, end: number): boolean {
  if (end - start <= MOST_DIGITS && !hasExponent(text, start, end)) return false;
  const source = text.slice(start, end);
  if (!NUMBER.test(source) || isBeforeColon(text, end)) return false;
  return !isExactDouble(source, Number(source));
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((text.charCodeAt(at) | 0x20) === E) return true;
  return false;
}

const BLANKS = " \t\r\n";

function isBeforeColon(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && BLANKS.includes(text.charAt(at))) at++;
  return text.charAt(at) === ":";
}

function isExactDouble(source: string, value: number): boolean {
  const digits = zerosCut((NUMBER_DIGITS.exec(source)?.[1] ?? "").replace(".", ""));
  if (!Number.isFinite(value)) return false;
  if (value === 0) return digits === "";
  return digits.length <= MOST_DIGITS;
}
