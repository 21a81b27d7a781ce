/** Pages of a list, as Stripe's clients walk through them. Pure. */
import { invalid } from "./error.ts";
import { integerOf, type Params, textOf } from "./param.ts";

const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 100;
const MAX_ID = 400;

/** Parameters of every list. */
export const PAGE_PARAMS = ["limit", "starting_after", "ending_before"] as const;

/** Which objects are asked for: those behind one, or those before one, by its id. */
export type PageAsked = { limit: number; after: string | null; before: string | null };

/** The page that a query asks for. Errors: 400. */
export function pageAsked(params: Params): PageAsked {
  const limit = integerOf(params, "limit", 1) ?? DEFAULT_LIMIT;
  if (limit > MAX_LIMIT) {
    const message = `This value must be less than or equal to ${MAX_LIMIT}, and it is ${limit}.`;
    throw invalid(message, { param: "limit", code: "parameter_invalid_integer" });
  }
  const after = textOf(params, "starting_after", MAX_ID) || null;
  const before = textOf(params, "ending_before", MAX_ID) || null;
  if (after !== null && before !== null) {
    const message = "You may only specify one of these parameters: starting_after, ending_before.";
    throw invalid(message, { param: "ending_before", code: "parameters_exclusive" });
  }
  return { limit, after, before };
}

/** A list as it is answered. */
export type List<T> = { object: "list"; url: string; has_more: boolean; data: T[] };

/**
 * A page of rows that were read in their order from the one behind `after` on, or against it from
 * the one before `before`; one more than the limit says that there are more in that direction.
 */
export function listOf<R, T>(
  url: string,
  { limit, before }: PageAsked,
  rows: readonly R[],
  show: (row: R) => T,
): List<T> {
  const page = rows.slice(0, limit);
  const data = (before === null ? page : page.reverse()).map(show);
  return { object: "list", url, has_more: rows.length > limit, data };
}

/**
 * The page of a list that is at hand as a whole, in its order. Errors: 400 for an id that is not in
 * it.
 */
export function pageAmong<R, T>(
  url: string,
  asked: PageAsked,
  all: readonly R[],
  { idOf, show }: { idOf: (row: R) => string; show: (row: R) => T },
): List<T> {
  const { after, before, limit } = asked;
  const named = after ?? before;
  const at = named === null ? -1 : all.findIndex((row) => idOf(row) === named);
  if (named !== null && at < 0) {
    const param = after === null ? "ending_before" : "starting_after";
    throw invalid(`No such object in this list: '${named}'`, { param, code: "resource_missing" });
  }
  const rest = before === null ? all.slice(at + 1) : all.slice(0, at).reverse();
  return listOf(url, asked, rest.slice(0, limit + 1), show);
}
