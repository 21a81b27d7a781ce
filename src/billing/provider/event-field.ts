/** Reading the fields of events, which may be any JSON. Pure. */
type Json = Record<string, unknown>;

/** What stands at a path, or null or undefined where the path leads nowhere. */
export function fieldAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === "object" && inner !== null ? (inner as Json)[name] : null),
    value,
  );
}

/** The text at a path, or null for anything else and for empty text. */
export function textAt(value: unknown, ...path: string[]): string | null {
  const found = fieldAt(value, ...path);
  return typeof found === "string" && found !== "" ? found : null;
}

/** The whole number above 0 at a path, or null for anything else. */
export function minorAt(value: unknown, ...path: string[]): bigint | null {
  const found = fieldAt(value, ...path);
  return typeof found === "number" && Number.isSafeInteger(found) && found > 0
    ? BigInt(found)
    : null;
}
