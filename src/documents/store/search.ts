/**
 * Pure. What somebody typed, as a query of SQLite's full text search: every word is the beginning
 * of one in the text, and nothing that was typed is an operator.
 */
const SEPARATORS = /[\s\p{Cc}]+/u;
/** What FTS5's unicode61 makes words of; punctuation alone is none. */
const WORD = /[\p{L}\p{N}\p{Co}]/u;
const MAX_WORDS = 16;

/** What a query looks into: columns of the text, and those that hold the owner of a row. */
export type SearchedColumns = { text: string; owner: string };

/** An FTS5 query for rows of `owner` with every typed word; without a word it finds nothing. */
export function matchQuery(typed: string, columns: SearchedColumns, owner: string): string {
  const typedWords = typed.split(SEPARATORS).filter((word) => WORD.test(word));
  const asked = typedWords.length === 0 ? [""] : typedWords.slice(0, MAX_WORDS);
  const beginnings = asked.map((word) => `${quoted(word)} *`);
  const words = beginnings.join(" AND ");
  return `{${columns.owner}} : ${quoted(owner)} AND {${columns.text}} : (${words})`;
}

/** A string of FTS5: only its quotes mean anything (SQLite, FTS5, 3.1). */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
