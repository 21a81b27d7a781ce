/**
 * The log: a line of JSON each, with `level`, `at`: where, and the request's id where there is one.
 * What errors say may hold what somebody sent, so parameters of statements, quoted bodies,
 * addresses, keys and long secrets are taken out of every text.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const ADDRESS = /[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+/g;
const KEY = /\b(?:bcp|bcs|whsec|sk|rk|re|SG)_[\w-]{8,}(?:\.[\w-]+)*/g;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
/** What drizzle adds to a statement that failed: the values of its row. */
const PARAMETERS = /\nparams: [\s\S]*$/;
/** V8 quotes the text that is no JSON. */
const QUOTED_BODY = /(Unexpected (?:token|non-whitespace)[^"]{0,20})"[\s\S]*?" is not valid JSON/g;
const IP_4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;
const IP_6 = /(?<![\w:.])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}\b/gi;
/** With its zeros left out. */
const SHORT_IP_6 = /(?<![\w:.])(?:[\da-f]{1,4}:){1,6}:(?:[\da-f]{1,4}:?){0,6}(?!\w)/gi;
const MOST_CHARS = 4_000;
/** Of an error and of what caused it. */
const MOST_CAUSES = 3;

/** A text without addresses, keys, credentials and quoted bodies, cut where it is long. */
export function withoutPersons(text: string): string {
  return text
    .slice(0, MOST_CHARS)
    .replace(PARAMETERS, "")
    .replace(QUOTED_BODY, "$1<text> is not valid JSON")
    .replace(ADDRESS, "<address>")
    .replace(BEARER, "$1 <key>")
    .replace(KEY, "<key>")
    .replace(IP_4, "<ip>")
    .replace(IP_6, "<ip>")
    .replace(SHORT_IP_6, "<ip>");
}

export type Line = { at: string } & Record<string, unknown>;
export type Level = "error" | "warn";

const request = new AsyncLocalStorage<string>();

/** Runs what a request asks for: lines that are written meanwhile have its id. */
export function inRequest<T>(id: string, run: () => T): T {
  return request.run(id, run);
}

/** Writes a line about something that failed. An error among its fields is told by its message. */
export function logError(line: Line): void {
  console.error(lineText("error", line));
}

/** Writes a line about something that should be looked at, and did no harm. */
export function logWarning(line: Line): void {
  console.warn(lineText("warn", line));
}

/** A line as it is written. */
export function lineText(level: Level, line: Line): string {
  const id = request.getStore();
  const whole = { level, ...(id === undefined ? {} : { request_id: id }), ...line };
  return JSON.stringify(whole, (_, value: unknown) => {
    if (value instanceof Error) return errorText(value);
    return typeof value === "string" ? withoutPersons(value) : value;
  });
}

/** What an error says, and what caused it. */
function errorText(error: Error): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < MOST_CAUSES; at = at.cause) {
    texts.push(withoutPersons(String(at)));
  }
  return texts.join("\ncaused by ");
}
