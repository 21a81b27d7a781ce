/**
 * Pure. The text that SQLite's full text search keeps of a row, and what somebody typed as a query
 * of it: every word is the beginning of one in the text, and nothing that was typed is an operator.
 *
 * Scripts that put no blanks between words are kept as overlapping pairs, 東京都 as 東京 京都 都: a
 * part of a text is the pairs that follow each other there, a single character begins a pair.
 */

import { foldText } from "../../core/fold.ts";

const SEPARATORS = /[\s\p{Cc}]+/u;
/** What FTS5's unicode61 makes words of; punctuation alone is none. */
const WORD = /[\p{L}\p{N}\p{Co}]/u;
const MAX_WORDS = 16;

/** Of a text that is searched, and of a question; in UTF-16 units, a pair of two has 7 bytes. */
const TEXT_LENGTH = 20_000;
const QUESTION_LENGTH = 400;

const UNSPACED_SCRIPTS = "Han Hiragana Katakana Hangul Bopomofo Thai Lao Khmer Myanmar"
  .split(" ")
  .map((script) => `\\p{scx=${script}}`)
  .join("");
/** Letters, their marks and figures of scripts that are written without blanks between words. */
const UNSPACED = new RegExp(`(?:(?=[\\p{L}\\p{N}\\p{M}])[${UNSPACED_SCRIPTS}])+`, "gu");

/** The text that is kept of a row for its parts; at most 140,000 bytes. */
export function searchText(parts: readonly (string | null)[]): string {
  return indexed(parts.filter((part) => part !== null).join("\n"));
}

/** What an earlier version kept, as it is kept now. */
export function indexed(text: string): string {
  const folded = foldText(text.slice(0, TEXT_LENGTH)).slice(0, TEXT_LENGTH);
  return folded.replace(UNSPACED, (run) => ` ${[...pairsOf(run), lastOf(run)].join(" ")} `);
}

/** FTS5 ends words at the marks of these scripts, so they go. */
function lettersOf(run: string): string[] {
  return [...run.replace(/\p{M}/gu, "")];
}

function pairsOf(run: string): string[] {
  const letters = lettersOf(run);
  return letters.slice(1).map((letter, i) => `${letters[i]}${letter}`);
}

function lastOf(run: string): string {
  return lettersOf(run).at(-1) ?? "";
}

/** What a query looks into: columns of the text, and those that hold the owner of a row. */
export type SearchedColumns = { text: string; owner: string };

/** An FTS5 query for rows of `owner` with every typed word; without a word it finds nothing. */
export function matchQuery(typed: string, columns: SearchedColumns, owner: string): string {
  const typedWords = typed
    .slice(0, QUESTION_LENGTH)
    .split(SEPARATORS)
    .filter((word) => WORD.test(foldText(word)));
  const asked = typedWords.length === 0 ? [""] : typedWords.slice(0, MAX_WORDS);
  const words = asked.map(beginning).join(" AND ");
  return `{${columns.owner}} : ${quoted(owner)} AND {${columns.text}} : (${words})`;
}

/** As it was typed as well: so it stands in numbers, and in rows that an earlier version wrote. */
function beginning(word: string): string {
  const forms = new Set([quoted(word), quoted(asText(word))]);
  return `(${[...forms].map((form) => `${form} *`).join(" OR ")})`;
}

/** A word in the form of the text; where it ends in a run of pairs, the text may go on. */
function asText(word: string): string {
  const folded = foldText(word).slice(0, QUESTION_LENGTH).trimEnd();
  const text = folded.replace(UNSPACED, (run, at: number) => {
    const pairs = pairsOf(run);
    const ends = at + run.length === folded.length;
    return ` ${[...pairs, ...(ends && pairs.length > 0 ? [] : [lastOf(run)])].join(" ")} `;
  });
  return text.trim();
}

/** A string of FTS5: only its quotes mean anything (SQLite, FTS5, 3.1). */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
