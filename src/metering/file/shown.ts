/** What a dry run shows of a file: its first lines, as they would be recorded or why not. Pure. */
import { timeText } from "../../core/time.ts";
import { type Item, itemOf } from "../event/item.ts";
import { itemSchema } from "../event/item-schema.ts";
import { AHEAD_MINUTES, AHEAD_MS } from "../event/window.ts";
import type { Reading } from "./format.ts";

/** An event as it would be sent, with why the API would refuse it. */
export type ShownEvent = { text: string; refused?: string };
export type Shown = { line: number } & ({ events: ShownEvent[] } | { fault: string });

const SHOWN_LINES = 10;
/** Further lines of which it is said why they would be refused. */
const SHOWN_REFUSALS = 3;

/** The lines to show, of a file's that are read in their order. */
export class Showing {
  readonly lines: Shown[] = [];
  #refusals = 0;

  /** Keeps a line where it is one of the first, or one of the few further ones that are refused. */
  add(line: number, reading: Reading, nowMs: number): void {
    const isFirst = this.lines.length - this.#refusals < SHOWN_LINES;
    if (!isFirst && this.#refusals >= SHOWN_REFUSALS) return;
    if ("fault" in reading) {
      if (isFirst) this.lines.push({ line, fault: reading.fault });
      return;
    }
    const isSound = reading.events.every(({ item }) => isTaken(item, nowMs));
    if (reading.events.length === 0 || (isSound && !isFirst)) return;
    if (!isFirst) this.#refusals++;
    const events = reading.events.map(({ text }) => {
      const refused = isSound ? null : refusalOf(text, nowMs);
      return refused === null ? { text } : { text, refused };
    });
    this.lines.push({ line, events });
  }
}

/** An event as the API takes it, but for its age and the tenant that it names; null for others. */
export function takenItem(event: Record<string, unknown>, nowMs: number): Item | null {
  const { tenant: _, ...item } = event;
  const taken = itemOf(item);
  return taken !== null && (taken.atMs ?? nowMs) <= nowMs + AHEAD_MS ? taken : null;
}

function isTaken(event: Record<string, unknown>, nowMs: number): boolean {
  return takenItem(event, nowMs) !== null;
}

/** Why the API would refuse an event, with what it found, or null. */
export function refusalOf(text: string, nowMs: number): string | null {
  const event = JSON.parse(text) as Record<string, unknown>;
  if (isTaken(event, nowMs)) return null;
  const { tenant: _, ...item } = event;
  const { error } = itemSchema.safeParse(item);
  if (!error) return `timestamp is more than ${AHEAD_MINUTES} minutes ahead`;
  const reasons = error.issues.map(({ path, message }) => {
    const [field] = path.map(String);
    if (field === undefined) return message;
    const must = message.startsWith(field) ? message : `${field} ${message}`;
    const example = field === "timestamp" ? `, such as ${timeText(nowMs)}` : "";
    return `${must}${example}, not ${JSON.stringify(event[field]) ?? "missing"}`;
  });
  return reasons.join("; ");
}

/** As the command prints a line. */
export function shownText(shown: Shown): string[] {
  if ("fault" in shown) return [`line ${shown.line} cannot be read: ${shown.fault}`];
  return shown.events.map(({ text, refused }) =>
    refused === undefined
      ? `line ${shown.line}: ${text}`
      : `line ${shown.line} would be refused: ${refused}`,
  );
}

/** As `--json` gives a line: its events as objects. */
export function shownBody(shown: Shown) {
  if ("fault" in shown) return shown;
  const events = shown.events.filter(({ refused }) => refused === undefined);
  const refused = shown.events.flatMap((each) => each.refused ?? []);
  return {
    line: shown.line,
    events: events.map(({ text }) => JSON.parse(text)),
    ...(refused.length > 0 ? { refused } : {}),
  };
}
