/** Pure. What the addresses of lists ask for. */

/** What an address asks a list for; empty values and what only a page reads are left out. */
export type ListState = Readonly<Record<string, string>>;

/** The same without what is empty. */
export function listed(given: ListState): ListState {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

/** The filters of a list, without its order and its page. */
export function filtersIn({ cursor: _, sort: __, ...filters }: ListState): ListState {
  return filters;
}

/** The address of a list with some of what it asks for changed; undefined takes it away. */
export function listAddress(
  path: string,
  state: ListState,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const merged = Object.entries({ ...state, ...changes });
  const given = merged.filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
