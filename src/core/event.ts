/** What is announced: an event as a verb writes it, and as it is read. */
import type { z } from "zod";
import { parseJsonExactly } from "./decimal.ts";
import type { EVENT_BODIES } from "./event-body.ts";
import { EVENT_TYPES, type EventType } from "./event-type.ts";

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);

/** Each type's body, as its schema has it. */
export type EventBodies = { [T in EventType]: z.infer<(typeof EVENT_BODIES)[T]> };

/** An event as a verb announces it. `id` decides identity: the same id again is a no-op. */
export type DomainEvent = {
  [T in EventType]: { id: string; tenant: string; type: T; atMs: number; body: EventBodies[T] };
}[EventType];

type Announcement = {
  id: string;
  tenant: string;
  /** Counts each tenant's events, without gaps. */
  outboxSeq: number;
  atMs: number;
  /** The body as it was written: what receivers are sent. */
  bodyJson: string;
};

/** An announced event of one of the types `T`. */
export type EventOf<T extends EventType> = {
  [K in T]: Announcement & { known: true; type: K; body: EventBodies[K] };
}[T];

/** An event of a type that this version does not have: only receivers can read its body. */
export type UnknownEvent = Announcement & { known: false; type: string };

export type AnnouncedEvent = EventOf<EventType> | UnknownEvent;

/**
 * The event that a row of the outbox holds. A number in its body that a double cannot hold is its
 * own text. The type alone says what the body is: it was checked when it was announced.
 */
export function parseEvent(row: Announcement & { type: string }): AnnouncedEvent {
  if (!KNOWN.has(row.type)) return { ...row, known: false };
  const body = parseJsonExactly(row.bodyJson);
  return { ...row, known: true, body } as EventOf<EventType>;
}
