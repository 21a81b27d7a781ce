/**
 * The log: a line of JSON each, with `at`: where. What errors say may hold what somebody sent, so
 * addresses, keys and long secrets are taken out of every text.
 */

const ADDRESS = /[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+/g;
const KEY = /\b(?:bcp|bcs|whsec|sk|rk|re|SG)_[\w-]{8,}(?:\.[\w-]+)*/g;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
const MOST_CHARS = 4_000;

/** A text without e-mail addresses, keys and credentials, cut where it is long. */
export function withoutPersons(text: string): string {
  return text
    .slice(0, MOST_CHARS)
    .replace(ADDRESS, "<address>")
    .replace(BEARER, "$1 <key>")
    .replace(KEY, "<key>");
}

export type Line = { at: string } & Record<string, unknown>;

/** Writes a line about something that failed. */
export function logError(line: Line): void {
  console.error(lineText(line));
}

/** Writes a line about something that should be looked at, and did no harm. */
export function logWarning(line: Line): void {
  console.warn(lineText(line));
}

/** A line as it is written. Pure. */
export function lineText(line: Line): string {
  return JSON.stringify(line, (_, value: unknown) =>
    typeof value === "string" ? withoutPersons(value) : value,
  );
}
