/** Pure. What is made when it is first asked for, and kept. */

/**
 * The value of `load`, kept once it is there. Not its promise: that belongs to the request which
 * made it, and goes with it. Errors: those of `load`, which is then asked again.
 */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: { value: T } | undefined;
  return async () => {
    if (loaded) return loaded.value;
    const value = await load();
    loaded ??= { value };
    return loaded.value;
  };
}
