/** What one tenant's events make of requests and drains, from its rate alone. Pure. */

/** As the object does it (`src/metering/object/drainer.ts`): when a drain begins, and its most. */
const EAGER_EVENTS = 1_000;
const SLICE_EVENTS = 5_000;
const REST_SECONDS = 10;
/** How long a drain lets its slice fill. */
export const GATHER_SECONDS = 0.1;

export type Sender = {
  /** Events a request at most. */
  batch: number;
  /** Seconds after which a sender sends what it has. */
  waitSeconds: number;
};

export type Flow = {
  /** A second. */
  requests: number;
  /** Events of a request. */
  batched: number;
  /** A second. */
  drains: number;
  /** Events of a drain. */
  drained: number;
};

/**
 * The flow of so many events a second. A batch begins with its first event and is sent when it is
 * full, or has waited; a drain likewise, with the first request after the one before.
 */
export function flowOf(perSecond: number, { batch, waitSeconds }: Sender): Flow {
  const batched = 1 + Math.min(perSecond * waitSeconds, batch - 1);
  const filling = Math.min(REST_SECONDS * perSecond, Math.max(0, EAGER_EVENTS - batched));
  const gathered = batched + filling + GATHER_SECONDS * perSecond;
  // At most full slices: beyond, one drain follows the other.
  const drained = Math.min(Math.max(SLICE_EVENTS, batched), gathered);
  return {
    requests: perSecond / batched,
    batched,
    drains: perSecond / drained,
    drained,
  };
}

/** How many quarter-hours of a day hold any of events that come in requests at random times. */
export function quartersADay(requestsPerSecond: number): number {
  return 96 * (1 - Math.exp(-900 * requestsPerSecond));
}
