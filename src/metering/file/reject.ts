/**
 * What was not taken, a line of JSON each: its line, the reason, and the event with its id, so that
 * the file of rejects can be put right and imported itself. Pure.
 */
export type Reject = { line: number; code: string; reason: string } & (
  | { event: string }
  | { text: string }
);

/** Too old for recording: named imports take it. */
export const TOO_OLD = "usage.event_too_old";
export const UNREADABLE = "unreadable";

const HEAD = /^\{"line":\d+,"code":"([^"]*)","reason":"/;
// No JSON string holds these characters: inside one the quotes are escaped.
const EVENT = ',"event":';

/** A reject as a line of its file. */
export function rejectLine(reject: Reject): string {
  const { line, code, reason } = reject;
  const head = JSON.stringify({ line, code, reason }).slice(0, -1);
  return "event" in reject
    ? `${head}${EVENT}${reject.event}}\n`
    : `${head},"text":${JSON.stringify(reject.text)}}\n`;
}

/** True for a line of a file of rejects. */
export function isReject(line: string): boolean {
  return HEAD.test(line);
}

/** The event's JSON in such a line, or null where it has none. */
export function eventOfReject(line: string): string | null {
  const at = isReject(line) ? line.indexOf(EVENT) : -1;
  return at < 0 ? null : line.trimEnd().slice(at + EVENT.length, -1);
}
