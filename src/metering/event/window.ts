/**
 * The recording window: how far an event's own time may lie from its tenant's clock, and how long
 * identities are kept. Pure. An id is kept longer than an event of it can be accepted, so that none
 * counts twice.
 */
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";

/** How far back an event's time may lie. */
export const BACK_DAYS = 35;
export const BACK_MS = BACK_DAYS * DAY_MS;

/** How far ahead an event's time may lie. */
export const AHEAD_MINUTES = 5;
export const AHEAD_MS = AHEAD_MINUTES * MINUTE_MS;

/** How long identities, and the windows that late events enter, are kept. */
export const KEPT_DAYS = BACK_DAYS + 1;
export const KEPT_MS = KEPT_DAYS * DAY_MS;

/** The window in words, for the API document. */
export const WINDOW_TEXT = `From ${BACK_DAYS} days back to ${AHEAD_MINUTES} minutes ahead`;
