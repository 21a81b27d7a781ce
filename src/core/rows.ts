/**
 * Lists as rows. Pure. The platform refuses a row, or a value bound to a statement, of 2,000,000
 * bytes and more, so what grows with names or values is kept as several rows. Each is a whole JSON
 * array: no text is cut inside a character, and a row can be read without the others.
 */

/** What a row or a bound value holds at most, in UTF-8 bytes. */
export const ROW_BYTES = 1_000_000;

const encoder = new TextEncoder();

/** The UTF-8 length of a text, or what it is at most where that is below `small`. */
function bytesAtMost(text: string, small: number): number {
  const most = text.length * 3;
  return most <= small ? most : encoder.encode(text).length;
}

/**
 * JSON texts as JSON arrays, in order, of at most `maxBytes` each; a text that is longer than that
 * has an array of its own. No texts give no array.
 */
export function* arraysOf(texts: Iterable<string>, maxBytes = ROW_BYTES): Generator<string> {
  const small = maxBytes / 100;
  let held: string[] = [];
  let bytes = 2;
  for (const text of texts) {
    const more = bytesAtMost(text, small) + 1;
    if (held.length > 0 && bytes + more > maxBytes) {
      yield `[${held.join(",")}]`;
      held = [];
      bytes = 2;
    }
    held.push(text);
    bytes += more;
  }
  if (held.length > 0) yield `[${held.join(",")}]`;
}

/** Values as JSON arrays of at most `maxBytes` each. */
export function rowsOfValues(values: Iterable<unknown>, maxBytes = ROW_BYTES): string[] {
  const texts = function* () {
    for (const value of values) yield JSON.stringify(value);
  };
  return [...arraysOf(texts(), maxBytes)];
}
