/**
 * Pure. Numbers as people type them, in the format that their form was shown in. What is read is
 * exact; what could be two numbers is refused, with what to write instead. A form says in a field
 * of its own which sign stands before its decimals; one that says none is read as it is.
 */
import { remembered } from "../../core/recent.ts";

/** The sign before decimals: of `1,000.50`, or of `1.000,50` and `1 000,50`. */
export type DecimalSign = "." | ",";

/** The field of a form that names its sign. */
export const SIGN_FIELD = "form_decimal_sign";

/** Stands before text that is no number for certain, in a body: every schema refuses it. */
const UNREAD = "? ";

/** The sign before decimals in a language. */
export function decimalSignOf(locale: string): DecimalSign {
  return signs(locale);
}

const KEPT_SIGNS = 100;
const signs = remembered(KEPT_SIGNS, (locale): DecimalSign => {
  const parts = new Intl.NumberFormat(locale, { numberingSystem: "latn" }).formatToParts(1.5);
  return parts.some(({ type, value }) => type === "decimal" && value === ",") ? "," : ".";
});

/** The sign that a form named, or null. */
export function signNamed(text: string): DecimalSign | null {
  return text === "." || text === "," ? text : null;
}

type Read = { ok: true; value: string } | { ok: false; why: "ambiguous" | "currency" | "none" };

/** Blanks, apostrophes and underscores between thousands, in any language. */
const GROUPING = /[\s'\u2019\u066c_]/;
const EXPONENT = /^[+-]?\d+(\.\d+)?[eE][+-]?\d{1,3}$/;

/**
 * Typed text as decimal text, such as `1000.50`. `isFactor`: it is never in the thousands, so that
 * a single sign in it stands before decimals.
 */
export function readDecimal(typed: string, sign: DecimalSign, isFactor = false): Read {
  const text = latinDigits(typed.trim());
  if (EXPONENT.test(text)) return { ok: true, value: text };
  const [, minus = "", rest = ""] = /^([+-]?)\s*(.*)$/s.exec(text) ?? [];
  if (/\p{Sc}|\p{L}/u.test(rest)) return { ok: false, why: "currency" };
  const number = partsOf(rest, sign, isFactor);
  if (typeof number === "string") return { ok: false, why: number };
  const { whole, fraction } = number;
  const decimals = fraction === "" ? "" : `.${fraction}`;
  return { ok: true, value: `${minus === "-" ? "-" : ""}${whole}${decimals}` };
}

type Parts = { whole: string; fraction: string };

/** Whole digits and decimals, or why there are none. */
function partsOf(text: string, sign: DecimalSign, isFactor: boolean): Parts | "ambiguous" | "none" {
  const signs = [...text].filter((character) => character === "." || character === ",");
  const last = signs.at(-1);
  if (last === undefined) return whole(text, GROUPING);
  const at = text.lastIndexOf(last);
  const [before, after] = [text.slice(0, at), text.slice(at + 1)];
  const isOnlyOne = signs.length === 1;
  // Signs of both kinds: the last is before the decimals. One kind, several times: thousands.
  if (!isOnlyOne && new Set(signs).size === 1) return whole(text, last);
  const others = isOnlyOne ? GROUPING : last === "." ? "," : ".";
  const decimal = decimals(before, after, others);
  const couldBeThousands = isOnlyOne && /^[1-9]\d{0,2}$/.test(before) && /^\d{3}$/.test(after);
  if (!couldBeThousands || isFactor) return decimal;
  return last === sign ? "ambiguous" : whole(text, last);
}

function decimals(before: string, after: string, grouping: RegExp | string): Parts | "none" {
  if (!/^\d+$/.test(after)) return "none";
  const left = before === "" ? { whole: "0", fraction: "" } : whole(before, grouping);
  return left === "none" ? "none" : { ...left, fraction: after };
}

/** Digits with thousands in threes, or in twos before the last three, as India writes them. */
function whole(text: string, grouping: RegExp | string): Parts | "none" {
  const groups = text.split(grouping);
  const [first = "", ...rest] = groups;
  if (!groups.every((group) => /^\d+$/.test(group))) return "none";
  const inThrees = rest.every((group) => group.length === 3) && first.length <= 3;
  const inTwos =
    rest.at(-1)?.length === 3 &&
    rest.slice(0, -1).every((group) => group.length === 2) &&
    first.length <= 2;
  if (rest.length > 0 && !inThrees && !inTwos) return "none";
  return { whole: groups.join(""), fraction: "" };
}

/** Other scripts' digits and signs as Latin ones. */
function latinDigits(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\u2212|\u2013/g, "-")
    .replace(/\u066b/g, ".")
    .replace(/[\u200e\u200f\u061c]/g, "")
    .replace(/(?![0-9])\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

/** A decimal digit's value: each script has its ten in a row. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++;
  return value;
}

/** What a body holds of typed text: decimal text, or text that every schema refuses. */
export function decimalIn(typed: string, sign: DecimalSign | null, isFactor: boolean): string {
  if (sign === null) return typed;
  const read = readDecimal(typed, sign, isFactor);
  return read.ok ? withoutPadding(read.value) : UNREAD + typed;
}

/** A whole number without the signs between its thousands; other text as it is. */
export function integerText(typed: string): string {
  const text = latinDigits(typed);
  const [, minus = "", digits = ""] = /^(-?)(.*)$/s.exec(text) ?? [];
  for (const grouping of [GROUPING, ",", "."]) {
    const read = whole(digits, grouping);
    if (read !== "none") return minus + read.whole;
  }
  return text;
}

/**
 * A body's decimal as a field shows it, with the form's sign; `readDecimal` reads it as the same
 * number. One that could be read as thousands gets a further zero.
 */
export function shownDecimal(text: string, sign: DecimalSign | null): string {
  if (text.startsWith(UNREAD)) return text.slice(UNREAD.length);
  if (sign === null || !/^-?\d*\.\d+$/.test(text)) return text;
  const padded = /^-?[1-9]\d{0,2}\.\d{3}$/.test(text) ? `${text}0` : text;
  return padded.replace(".", sign);
}

/** Undoes what `shownDecimal` adds. */
function withoutPadding(text: string): string {
  return /^-?[1-9]\d{0,2}\.\d{3}0$/.test(text) ? text.slice(0, -1) : text;
}

/** Why a body's decimal was not read, and what to write; null where it was. */
export function whyUnread(
  text: string,
  sign: DecimalSign | null,
  isFactor: boolean,
): string | null {
  if (!text.startsWith(UNREAD) || sign === null) return null;
  const typed = text.slice(UNREAD.length);
  const read = readDecimal(typed, sign, isFactor);
  const example = isFactor ? `12${sign}5` : sign === "." ? "1,000.50" : "1.000,50";
  if (read.ok) return null;
  if (read.why === "currency") return `Write the number alone, such as ${example}.`;
  if (read.why === "none") return `Write a number such as ${example}.`;
  const digits = typed.replace(/[.,]/g, "");
  return `This can be read as two numbers. Write ${digits}, or ${typed.trim()}0.`;
}
