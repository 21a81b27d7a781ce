/**
 * Pure. SQL that holds while segments are as they were read, for a batch that changes all of them
 * or none.
 */

/** An entry of `[high, low, drained_ms]` has the row that it was read from. */
export const IS_ENTRY = "s.low = r.value->>1 AND s.drained_ms = r.value->>2";

/**
 * `list` is the parameter of a JSON array, each of whose entries begins with a segment's `high`;
 * `same` compares the row `s` with its entry `r`. The tenant is `?1`.
 */
export function areAsRead(list: `?${number}`, same: string): string {
  // CROSS has each entry look up its row; SQLite compared each row with each entry without it.
  return `json_array_length(${list}) = (
    SELECT count(*) FROM json_each(${list}) r CROSS JOIN usage_segments s
      ON s.tenant = ?1 AND s.high = r.value->>0
    WHERE ${same})`;
}
