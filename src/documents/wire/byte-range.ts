/** The Range header (RFC 9110 section 14). Pure. */
/** Half-open. */
export type ByteRange = { start: number; end: number };

/**
 * The one range of bytes that a header asks for; null where the whole is answered: for several
 * ranges, another unit, or a header that cannot be read.
 */
export function byteRange(header: string, size: number): ByteRange | "unsatisfiable" | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
