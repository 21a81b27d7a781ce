/** Lists and filters in the query of a summary. Pure. */

/** Keys that a summary is grouped by, and keys that it is filtered by, at most. */
export const MAX_KEYS = 5;
/** Users that are asked for, and values of one filter, at most. */
export const MAX_VALUES = 100;

/** A parameter as it came: once, or repeated. */
export type Given = string | readonly string[];

/** What a repeated parameter's texts are. */
export function eachOf(given: Given): readonly string[] {
  return typeof given === "string" ? [given] : given;
}

/**
 * The texts of a list with commas between them, given once or repeated. A comma that belongs to a
 * text, and a backslash, stand behind a backslash; before anything else it is itself.
 */
export function listOf(given: Given): string[] {
  return eachOf(given).flatMap((text) => {
    const parts: string[] = [];
    let part = "";
    for (let i = 0; i < text.length; i++) {
      const isEscape = text[i] === "\\" && /[\\,]/.test(text[i + 1] ?? "");
      if (text[i] === ",") {
        parts.push(part);
        part = "";
      } else part += isEscape ? text[++i] : text[i];
    }
    return [...parts, part];
  });
}

const FILTER = /^filter\[(.*)\]$/s;

/**
 * A query with its parameters `filter[KEY]` in one map, `filter`, of lists of values by key; a
 * value that is no query is given back as it is.
 */
export function withFilters(query: unknown): unknown {
  if (typeof query !== "object" || query === null) return query;
  const filter = new Map<string, string[]>();
  const others = Object.entries(query).filter(([name, given]) => {
    const key = FILTER.exec(name)?.[1];
    if (key === undefined) return true;
    filter.set(key, listOf(given as Given));
    return false;
  });
  return { ...Object.fromEntries(others), ...(filter.size === 0 ? {} : { filter }) };
}
