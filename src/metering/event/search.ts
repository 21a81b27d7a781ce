/** Finding lines in the text of a body, so that only those that are wanted are parsed. Pure. */
import { type LineTuple, parseLine, quoted } from "./line.ts";

/** A line found in a body, and which of its lines it is. */
export type Found = { index: number; tuple: LineTuple };

/** Names that a text is searched for; with more it costs less to parse every line. */
const SEARCHED = 8;

/**
 * The lines of the events of some users, "" being nobody; text is searched so that no other line
 * need be parsed.
 */
export function linesOfUsers(body: string, users: readonly string[]): Found[] {
  const wanted = new Set(users);
  return linesNaming(body, wanted).filter(({ tuple }) => wanted.has(tuple[4] || ""));
}

/** The lines of the events of some metrics, found like those of users. */
export function linesOfMetrics(body: string, metrics: readonly string[]): Found[] {
  const wanted = new Set(metrics);
  return linesNaming(body, wanted).filter(({ tuple }) => wanted.has(tuple[1]));
}

/** The lines in which some names stand, or all. */
function linesNaming(body: string, names: ReadonlySet<string>): Found[] {
  const byParsing = names.size > SEARCHED || names.has("");
  const starts = byParsing ? startsOf(body, "[") : new Set<number>();
  for (const name of byParsing ? [] : names) {
    for (const start of startsOf(body, `,${quoted(name)}`)) starts.add(start);
  }
  return parseAt(body, starts);
}

const TIME_DIGITS = 13;
/** Times in milliseconds that have so many digits. */
const DIGITS_FROM_MS = 10 ** (TIME_DIGITS - 1);
const DIGITS_TO_MS = 10 ** TIME_DIGITS;
/** Milliseconds that share the digits that are searched for. */
const SHARED_MS = 1_000_000;

/** The lines of events in [startMs, endMs), found like those of a user. */
export function linesWithin(body: string, startMs: number, endMs: number): Found[] {
  const isWithin = (ms: number) => ms >= startMs && ms < endMs;
  const byParsing = startMs < DIGITS_FROM_MS || endMs > DIGITS_TO_MS;
  const starts = byParsing ? startsOf(body, "[") : new Set<number>();
  for (let at = Math.floor(startMs / SHARED_MS); at * SHARED_MS < endMs && !byParsing; at++) {
    const digits = (hit: number) => Number(body.slice(hit + 1, hit + 1 + TIME_DIGITS));
    for (const start of startsOf(body, `,${at}`, (hit) => isWithin(digits(hit)))) starts.add(start);
  }
  return parseAt(body, starts).filter(({ tuple }) => isWithin(tuple[3]));
}

/** Where in a body the lines begin that hold a text, at a position that is accepted. */
function startsOf(body: string, text: string, accepts?: (hit: number) => boolean): Set<number> {
  const starts = new Set<number>();
  for (let hit = body.indexOf(text); hit >= 0; ) {
    if (accepts && !accepts(hit)) {
      hit = body.indexOf(text, hit + 1);
      continue;
    }
    starts.add(body.lastIndexOf("\n", hit) + 1);
    const end = body.indexOf("\n", hit);
    hit = end < 0 ? -1 : body.indexOf(text, end);
  }
  return starts;
}

function parseAt(body: string, starts: ReadonlySet<number>): Found[] {
  const found: Found[] = [];
  let [index, counted] = [0, 0];
  for (const start of [...starts].sort((a, b) => a - b)) {
    for (; counted < start; index++) counted = body.indexOf("\n", counted) + 1;
    const end = body.indexOf("\n", start);
    found.push({ index, tuple: parseLine(body.slice(start, end < 0 ? undefined : end)) });
  }
  return found;
}
