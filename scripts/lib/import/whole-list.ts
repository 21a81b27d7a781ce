/** Lists of the API, whole. */
import type { Target } from "./target.ts";

/** All entries of a list, whose pages hold them in `field`. Errors: as `Target.call`. */
export async function wholeList<T>(target: Target, path: string, field: string): Promise<T[]> {
  const entries: T[] = [];
  const mark = path.includes("?") ? "&" : "?";
  for (let cursor: string | null = ""; cursor !== null; ) {
    const at: string = cursor === "" ? path : `${path}${mark}cursor=${encodeURIComponent(cursor)}`;
    const page: Record<string, unknown> = await target.call("GET", at);
    entries.push(...(page[field] as T[]));
    cursor = page.next_cursor as string | null;
  }
  return entries;
}
