/** Reading a list on from a place in it, where an index has its order. */
import { and, asc, desc, type SQL, sql } from "drizzle-orm";

type Behind = {
  /** What the list is sorted by before its ids; left out where it is sorted by these alone. */
  by?: SQL | undefined;
  id: SQL;
  descending: boolean;
  /** The values of the entry behind which it is read: `by` and id, or the id. */
  behind: readonly (string | number)[] | null;
  limit: number;
};

/** Where rows are read, and in which order. */
export type Read<T> = (where: SQL | undefined, order: SQL[]) => PromiseLike<T[]>;

/**
 * At most `limit` rows behind a place. Behind an expression there are two ranges of the index: the
 * same value with ids behind this one, and the values behind it.
 */
export async function readBehind<T>(
  { by, id, descending, behind, limit }: Behind,
  read: Read<T>,
): Promise<T[]> {
  const than = descending ? sql`<` : sql`>`;
  const ordered = (keys: SQL[]) => keys.map((key) => (descending ? desc(key) : asc(key)));
  const last = behind?.at(-1);
  if (by === undefined) {
    return read(last === undefined ? undefined : sql`${id} ${than} ${last}`, ordered([id]));
  }
  if (behind === null) return read(undefined, ordered([by, id]));
  const same = and(sql`${by} = ${behind[0]}`, sql`${id} ${than} ${last}`);
  const parts = await Promise.all([
    read(same, ordered([id])),
    read(sql`${by} ${than} ${behind[0]}`, ordered([by, id])),
  ]);
  return parts.flat().slice(0, limit);
}
