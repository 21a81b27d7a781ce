/** What a statement breaks before it runs: its text, its parameters and their sizes. */
import { breach, insistWithin, LIMITS, type LimitName } from "./limits.ts";
import { utf8Bytes, valueBytes } from "./size.ts";

/** SQLite's functions that take any number of arguments. */
const NAMES = "max|min|coalesce|printf|format|char|concat|concat_ws";
const JSON_NAMES = "jsonb?_(?:array|object|set|insert|replace|extract|remove)";
const VARIADIC = new RegExp(`\\b(?:${NAMES}|${JSON_NAMES})\\s*\\(`, "gi");

/** Statements are few and come again: each text is read once. */
const read = new Set<string>();
const REMEMBERED = 5_000;

/** Errors: `Breach` for a statement whose text is too long or calls a function with too much. */
export function checkText(sql: string): void {
  if (read.has(sql)) return;
  insistWithin("statement", utf8Bytes(sql), sql);
  insistWithin("arguments", mostArguments(sql), sql);
  if (read.size >= REMEMBERED) read.clear();
  read.add(sql);
}

/** Errors: `Breach` for too many parameters, or one that is too large by itself. */
export function checkParameters(limit: LimitName, sql: string, params: readonly unknown[]): void {
  insistWithin("parameters", params.length, sql);
  const { most } = LIMITS[limit];
  for (const value of params) {
    const bytes = valueBytes(value, most);
    if (bytes > most) throw breach(limit, bytes, `a parameter of ${sql}`);
  }
}

/** The most arguments of a call of a variadic function in a statement. */
export function mostArguments(sql: string): number {
  const bare = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*/g, "x");
  let most = 0;
  for (const { index, 0: call } of bare.matchAll(VARIADIC)) {
    most = Math.max(most, argumentsFrom(bare, index + call.length));
  }
  return most;
}

function argumentsFrom(text: string, start: number): number {
  let depth = 1;
  let found = 1;
  for (let i = start; i < text.length && depth > 0; i++) {
    const at = text[i];
    if (at === "(") depth += 1;
    else if (at === ")") depth -= 1;
    else if (at === "," && depth === 1) found += 1;
  }
  return found;
}
