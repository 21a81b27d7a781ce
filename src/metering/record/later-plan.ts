/**
 * Asynchronous recordings on their way to the meter: which queue takes one, which of them one call
 * takes, and when what failed comes again. Pure.
 */
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../core/time.ts";
import { BACK_MS } from "../event/window.ts";

/** What one call of a meter takes at most, but for a single recording that is larger. */
export const CALL_EVENTS = 5_000;
export const CALL_BYTES = 2_000_000;
/** Messages of a batch. As many single events are worth one call. */
const BATCH_MESSAGES = 100;

export type Size = { events: number; bytes: number };

/** Of a recording whose size nobody noted: it has a call of its own. */
export const UNKNOWN_SIZE: Size = { events: CALL_EVENTS, bytes: CALL_BYTES };

/** Recordings of one tenant, in order, as the calls that take them. */
export function callsOf<T>(recordings: readonly T[], sizeOf: (recording: T) => Size): T[][] {
  const calls: T[][] = [];
  let [events, bytes] = [0, 0];
  for (const recording of recordings) {
    const size = sizeOf(recording);
    const open = calls.at(-1);
    if (open && events + size.events <= CALL_EVENTS && bytes + size.bytes <= CALL_BYTES) {
      open.push(recording);
      [events, bytes] = [events + size.events, bytes + size.bytes];
    } else {
      calls.push([recording]);
      [events, bytes] = [size.events, size.bytes];
    }
  }
  return calls;
}

/** What a recording takes of a call, in its events: a message, a byte has its price as well. */
function worthOf({ events, bytes }: Size): number {
  const message = CALL_EVENTS / BATCH_MESSAGES;
  return Math.max(message, events, Math.ceil((bytes * CALL_EVENTS) / CALL_BYTES));
}

/**
 * The shares of the common queue: in each second a tenant has there what one call takes, as far as
 * this instance of the Worker sends it. Others never wait for more of it than that.
 */
export class Shares {
  #second = 0;
  readonly #used = new Map<string, number>();

  /** Takes a recording's part of its tenant's share; false where there is no room left. */
  take(tenant: string, size: Size, nowMs: number): boolean {
    const second = Math.floor(nowMs / SECOND_MS);
    if (second !== this.#second) this.#used.clear();
    this.#second = second;
    const before = this.#used.get(tenant) ?? 0;
    const after = before + worthOf(size);
    if (before > 0 && after > CALL_EVENTS) return false;
    this.#used.set(tenant, after);
    return true;
  }
}

const FIRST_WAIT_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 1_800;
/** Eight waits take three quarters of an hour, the others half an hour each: a day and a bit. */
const LAST_ATTEMPT = 60;

/** Seconds until a message that failed comes again; null after a day, when it is given up. */
export function waitSeconds(attempts: number): number | null {
  if (attempts >= LAST_ATTEMPT) return null;
  return Math.min(FIRST_WAIT_SECONDS * 2 ** (attempts - 1), LONGEST_WAIT_SECONDS);
}

/** Ids are kept a day longer than an event may be old; half of it is for waiting. */
export const LATE_MS = DAY_MS / 2;

/** The oldest time that is recorded of events which were acknowledged while they were in time. */
export function oldestLateMs(nowMs: number): number {
  return nowMs - BACK_MS - LATE_MS;
}

/** Refused events of a tenant that are listed one by one in an hour; the others are counted. */
export const LISTED_AN_HOUR = 1_000;
/** Of a tenant, the newest so many are kept. */
export const LISTED = 10_000;

/** The hour in which `realMs` lies. */
export function hourOf(realMs: number): number {
  return Math.floor(realMs / HOUR_MS) * HOUR_MS;
}
