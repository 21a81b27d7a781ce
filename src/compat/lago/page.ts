/** Lago's pages: a number and a size, and what is said of all of them. Pure. */
import { invalid } from "./errors.ts";

/** What Lago shows where nothing is asked for. */
const DEFAULT_SIZE = 100;
const MAX_SIZE = 200;
/** Rows that a page may lie behind the first. */
const MAX_DEPTH = 100_000;

export type AskedPage = { page: number; size: number; offset: number };

/** The page that a query asks for. Errors: 422 for what is no page, or lies too deep. */
export function askedPage(query: URLSearchParams): AskedPage {
  const page = wholeIn(query, "page") ?? 1;
  const size = Math.min(wholeIn(query, "per_page") ?? DEFAULT_SIZE, MAX_SIZE);
  const offset = (page - 1) * size;
  if (offset <= MAX_DEPTH) return { page, size, offset };
  throw invalid(
    { page: ["value_is_too_large"] },
    `a page is one of the first ${MAX_DEPTH} entries`,
  );
}

/** A whole number from 1 up in a query, or null. Errors: 422. */
export function wholeIn(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === "") return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw invalid({ [name]: ["value_is_invalid"] }, `${name} is a whole number from 1 up`);
}

/** What Lago says of a list beside its page. */
export function metaOf({ page, size }: AskedPage, total: number) {
  const pages = Math.ceil(total / size);
  return {
    current_page: total === 0 ? 0 : page,
    next_page: page < pages ? page + 1 : null,
    prev_page: page > 1 && total > 0 ? page - 1 : null,
    total_pages: pages,
    total_count: total,
  };
}

/** The values of `name[]`, and of `name` where it is written so; empty where there are none. */
export function valuesIn(query: URLSearchParams, name: string): string[] {
  return [...query.getAll(`${name}[]`), ...query.getAll(name)].filter((value) => value !== "");
}
