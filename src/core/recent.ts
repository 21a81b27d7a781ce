/** Collections that keep what came last. Pure. */
/** Makes room for one more among at most `most`: the oldest go first. */
export function evictOldest<K>(kept: Map<K, unknown> | Set<K>, most: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size < most) return;
    kept.delete(oldest);
  }
}
