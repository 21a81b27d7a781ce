/** Collections that keep what came last. Pure. */
/** Makes room for one more among at most `most`: the oldest go first. */
export function evictOldest<K>(kept: Map<K, unknown> | Set<K>, most: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size < most) return;
    kept.delete(oldest);
  }
}

/** `make` with what it made of the last texts, at most `most`, for what takes long to set up. */
export function remembered<T>(most: number, make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const value = make(text);
    evictOldest(made, most);
    made.set(text, value);
    return value;
  };
}
