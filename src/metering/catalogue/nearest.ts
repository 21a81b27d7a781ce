/** Which declared name somebody may have meant who wrote another one. Pure. */

/** Names that are looked at, and of them compared letter by letter, at most. */
const MOST_NAMES = 2_000;
const MOST_COMPARED = 500;
/** One letter in so many may be wrong. */
const LETTERS_A_FAULT = 3;
const MOST_FAULTS = 4;

/** The name that is most like `name`, or null where none is like it. */
export function nearestName(name: string, names: Iterable<string>): string | null {
  const wanted = plain(name);
  let found: string | null = null;
  let fewest = Math.min(MOST_FAULTS, Math.floor(wanted.length / LETTERS_A_FAULT)) + 1;
  let [seen, compared] = [0, 0];
  for (const candidate of names) {
    if (fewest === 0 || seen++ === MOST_NAMES || compared === MOST_COMPARED) break;
    const other = plain(candidate);
    if (candidate === name || Math.abs(other.length - wanted.length) >= fewest) continue;
    compared++;
    const faults = faultsBetween(wanted, other, fewest);
    if (faults >= fewest) continue;
    [found, fewest] = [candidate, faults];
  }
  return found;
}

/** `apiCalls`, `API calls` and `api-calls` are written alike. */
function plain(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}

/**
 * Letters that are wrong, missing, too many, or exchanged with their neighbour (the restricted
 * distance of Damerau and Levenshtein); `most` where there are as many or more.
 */
function faultsBetween(a: string, b: string, most: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const missing = Math.min(last[j] ?? most, row[j - 1] ?? most) + 1;
      const wrong = (last[j - 1] ?? most) + (isSame ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? most) + 1 : wrong;
      row.push(Math.min(missing, wrong, swapped));
    }
    if (row.every((faults) => faults >= most)) return most;
    [before, last] = [last, row];
  }
  return last[b.length] ?? most;
}
