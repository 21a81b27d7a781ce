/** Finds the objects of the lists in JSON, in bytes that come piece by piece. Pure. */

const [QUOTE, BACKSLASH] = [34, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [91, 93, 123, 125];

/** Where an object begins and ends, in bytes from the beginning of all that was scanned. */
export type Place = { start: number; after: number };

/**
 * Finds objects that are items of a list: of the document's own, or of one that is a field of the
 * document. Documents may follow each other, as saved pages do. It looks at brackets alone: what
 * stands in an object is read by whoever takes it.
 */
export class ListScanner {
  /** The brackets that are open. */
  readonly #open: number[] = [];
  #inText = false;
  #escaped = false;
  #start = -1;
  #depth = 0;
  #at = 0;

  /** True where an object has begun that has not ended. */
  get isInside(): boolean {
    return this.#start >= 0;
  }

  /** The objects that end in the next bytes. */
  *next(bytes: Uint8Array): Generator<Place> {
    for (const byte of bytes) {
      const at = this.#at++;
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inText = false;
      } else if (byte === QUOTE) this.#inText = true;
      else if (byte === OPEN || byte === OPEN_LIST) {
        if (byte === OPEN && this.#start < 0 && this.#isItem()) {
          this.#start = at;
          this.#depth = this.#open.length;
        }
        this.#open.push(byte);
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#open.pop();
        if (this.#start < 0 || this.#open.length > this.#depth) continue;
        yield { start: this.#start, after: at + 1 };
        this.#start = -1;
      }
    }
  }

  #isItem(): boolean {
    const [outer, inner] = this.#open;
    if (this.#open.length === 1) return outer === OPEN_LIST;
    return this.#open.length === 2 && outer === OPEN && inner === OPEN_LIST;
  }
}

/** The first object of a list in a text that may end anywhere, or null. */
export function firstItem(text: string): string | null {
  const bytes = Buffer.from(text);
  for (const { start, after } of new ListScanner().next(bytes)) {
    return bytes.toString("utf8", start, after);
  }
  return null;
}
