/** Collections that keep what came last. Pure. */

/** Makes room for one more among at most `most`: the oldest go first. */
export function makeRoom<K>(of: Map<K, unknown> | Set<K>, most: number): void {
  for (const oldest of of.keys()) {
    if (of.size < most) return;
    of.delete(oldest);
  }
}
