/**
 * The counts of a frozen window as rows: the object and the ledger keep the same ones. Pure. The
 * first row says up to which event and how many parts there are; each further part is an array of
 * counts. The earlier version kept one row, without saying so.
 */
import { rowsOfValues } from "../../core/rows.ts";
import type { Frozen } from "./terms.ts";

/** One part of what a window was frozen with. */
export type FrozenPart = Frozen & { parts: number };

/** The rows that keep what a window was frozen with, the first of them its head. */
export function frozenRows({ upToSeq, counts }: Frozen): [string, ...string[]] {
  const [first = "[]", ...more] = rowsOfValues(counts);
  const head = JSON.stringify({ upToSeq, parts: more.length + 1 }).slice(0, -1);
  return [`${head},"counts":${first}}`, ...more];
}

/** What a first row says, of this version or the earlier one. */
export function frozenPart(body: string): FrozenPart {
  return { parts: 1, ...(JSON.parse(body) as Frozen & { parts?: number }) };
}
