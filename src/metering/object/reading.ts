/**
 * How far the reader of a live socket is. Pure. The runtime takes whatever is sent to a socket into
 * memory and does not say how much of it waits there, so a reader is asked now and then to repeat
 * a text that it can only know from reading as far.
 */
/** Characters after which a reader is asked. */
const ASK_AFTER = 256_000;
/** Characters that are sent on before an answer: a reader that is further behind is too slow. */
const MOST_BEHIND = 1_000_000;
/** Characters that may pass before an object which is put away remembers them. */
const KEEP_EVERY = 64_000;

/** What is kept of a reader: characters that it may not have read, and what it was asked. */
export type Reading = {
  unread: number;
  /** Characters that were unread when it was asked; null where no answer is awaited. */
  askedAt: number | null;
  /** The text that it has to repeat. */
  answer: string;
};

/** A reader to which nothing was sent. */
export function newReading(): Reading {
  return { unread: 0, askedAt: null, answer: "" };
}

/** True where no more may be sent. */
export function isTooSlow({ unread, askedAt }: Reading): boolean {
  return askedAt !== null && unread - askedAt > MOST_BEHIND;
}

/** Notes that a text was sent; whether the reader is to be asked, and whether to keep the note. */
export function noteSent(reading: Reading, length: number): { ask: boolean; keep: boolean } {
  const before = Math.floor(reading.unread / KEEP_EVERY);
  reading.unread += length;
  const ask = reading.askedAt === null && reading.unread >= ASK_AFTER;
  return { ask, keep: ask || Math.floor(reading.unread / KEEP_EVERY) > before };
}

/** Notes that the reader was asked to repeat `answer`. */
export function noteAsked(reading: Reading, answer: string): void {
  reading.askedAt = reading.unread;
  reading.answer = answer;
}

/** Notes what the reader sent; true where it is the answer, so that it has read as far. */
export function noteAnswer(reading: Reading, text: string): boolean {
  if (reading.askedAt === null || text !== reading.answer) return false;
  reading.unread -= reading.askedAt;
  reading.askedAt = null;
  return true;
}
