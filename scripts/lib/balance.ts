/**
 * Which tenants move so that ledgers of a jurisdiction have about as many bytes of usage. Pure: it
 * is given who has how much, and moves each tenant at most once. Every move brings two ledgers
 * nearer to each other, so that a plan ends, and one for what it leaves is empty.
 */

export type Home = {
  ledger: number;
  /** Where its database is kept; empty for anywhere. */
  jurisdiction: string;
  tenants: readonly Held[];
};
export type Held = { tenant: string; bytes: number };
export type Move = Held & { from: number; to: number };

/**
 * Parts of the mean: what lies apart by less than `begin` stays as it is, and once something moves,
 * it goes on until that is less than `end`. Fewer bytes than `least` are never worth a move.
 */
export type Tolerance = { begin: number; end: number; least: number };

export const TOLERANCE: Tolerance = { begin: 0.2, end: 0.1, least: 50_000_000 };

/** The moves that are needed, in their order. */
export function planMoves(homes: readonly Home[], tolerance: Tolerance = TOLERANCE): Move[] {
  const groups = [...Map.groupBy(homes, ({ jurisdiction }) => jurisdiction).values()];
  return groups.flatMap((group) => movesWithin(group, tolerance));
}

/** What some tenants have together. */
export function bytesOf(tenants: readonly Held[]): number {
  return tenants.reduce((sum, { bytes }) => sum + bytes, 0);
}

type Side = { ledger: number; bytes: number; tenants: Held[] };

function movesWithin(homes: readonly Home[], { begin, end, least }: Tolerance): Move[] {
  const sides = homes.map(({ ledger, tenants }): Side => {
    const sorted = [...tenants].sort((a, b) => a.bytes - b.bytes);
    return { ledger, bytes: bytesOf(tenants), tenants: sorted };
  });
  const mean = bytesOf(sides.map(({ bytes }) => ({ tenant: "", bytes }))) / sides.length;
  const isApart = (by: number) => {
    const [fullest, emptiest] = ends(sides);
    return fullest !== undefined && fullest.bytes - emptiest.bytes > Math.max(by * mean, least);
  };
  if (!isApart(begin)) return [];
  const moves = new Map<string, Move>();
  while (isApart(end)) {
    const next = nextMove(sides, mean, Math.max(end * mean, least));
    if (!next) break;
    const { held, from, to } = next;
    from.tenants.splice(from.tenants.indexOf(held), 1);
    to.tenants.splice(placeOf(to.tenants, held.bytes), 0, held);
    from.bytes -= held.bytes;
    to.bytes += held.bytes;
    const first = moves.get(held.tenant)?.from ?? from.ledger;
    moves.delete(held.tenant);
    if (first !== to.ledger) moves.set(held.tenant, { ...held, from: first, to: to.ledger });
  }
  return [...moves.values()];
}

function ends(sides: readonly Side[]): [Side, Side] | [undefined, undefined] {
  const sorted = [...sides].sort((a, b) => b.bytes - a.bytes);
  const [fullest, emptiest] = [sorted[0], sorted.at(-1)];
  return fullest && emptiest ? [fullest, emptiest] : [undefined, undefined];
}

/** The first of sorted tenants that has more than so many bytes; their number where none has. */
function placeOf(sorted: readonly Held[], bytes: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.bytes ?? 0) > bytes) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** From the fullest that has a tenant to give, to the emptiest. */
function nextMove(
  sides: readonly Side[],
  mean: number,
  apart: number,
): { held: Held; from: Side; to: Side } | null {
  const [, to] = ends(sides);
  if (!to) return null;
  const givers = [...sides].sort((a, b) => b.bytes - a.bytes);
  for (const from of givers) {
    const gap = from.bytes - to.bytes;
    if (gap <= apart) return null;
    // The largest that takes neither past the mean; else one that at least halves the gap.
    const at = placeOf(from.tenants, Math.min(from.bytes - mean, mean - to.bytes));
    const [fits, next] = [from.tenants[at - 1], from.tenants[at]];
    if (fits && fits.bytes > 0) return { held: fits, from, to };
    if (next && Math.abs(gap - 2 * next.bytes) <= gap / 2) return { held: next, from, to };
  }
  return null;
}
