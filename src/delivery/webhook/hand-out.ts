/**
 * Which deliveries are in flight: those that are due go to the quick queue or the slow one, as many
 * as a tenant and an endpoint may have there. What an endpoint that rests may have, the minute's
 * sweep hands out alone.
 */
import { MINUTE_MS } from "../../core/time.ts";
import type { NewDue } from "../../platform/queue/due.ts";
import { claimDue, groupOf, laneOf, type Window } from "../../platform/queue/lane.ts";
import { sendJobs } from "../../platform/queue/send.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { isResting } from "./health.ts";
import { type Flight, flightOf } from "./store.ts";
import { type Delivery, type Endpoint, WEBHOOK_DELIVER } from "./table.ts";

/** A delivery that was handed out twice and has not begun is handed out once more after this. */
const SECOND_LEASE_MS = 5 * MINUTE_MS;
export type Lane = "quick" | "slow";

/** Says to one of the two queues that it is time for these. */
export async function wakeAll(
  env: Env,
  rows: readonly { ref: string }[],
  slow: boolean,
): Promise<void> {
  const queue = slow ? env.SLOW_DELIVERIES : env.DELIVERIES;
  await sendJobs(
    queue,
    rows.map(({ ref }) => ({ kind: "deliver", id: ref })),
  );
}

/** The due row of a delivery, in its endpoint's lane. */
export function dueRow(
  { id, tenant, endpoint }: Pick<Delivery, "id" | "tenant" | "endpoint">,
  atMs: number,
): NewDue {
  return { tenant, atMs, clock: "real", kind: WEBHOOK_DELIVER, ref: id, share: endpoint };
}

/** As `dueRow`, for one that somebody asked for: it waits for no backlog, nor for a rest's end. */
export function askedRow(delivery: Delivery, atMs: number): NewDue {
  return { ...dueRow(delivery, atMs), share: `${delivery.endpoint}.asked` };
}

/** Deliveries in flight of an endpoint and its tenant; those that were slow have fewer, apart. */
function windowsOf(most: number): Record<Lane, Window> {
  const part = (of: number) => Math.ceil(most / of);
  return { quick: { lane: part(2), group: most }, slow: { lane: part(10), group: part(4) } };
}

/**
 * Hands deliveries that are due to the queues, as many as a tenant may have in flight; each row
 * stays until its attempt is reported. Called when some are made, and when one has ended.
 */
export async function handOutDeliveries(env: Env, tenant: string, nowMs: number): Promise<void> {
  await handOut(env, tenant, await flightOf(env.DB, tenant, nowMs), nowMs);
}

/**
 * As `handOutDeliveries`, and a few for endpoints that rest: what is tried of them in a minute, so
 * that a receiver that is down is not asked as fast as it fails. One that takes a message has its
 * backlog at once.
 */
export async function sweepDeliveries(env: Env, tenant: string, nowMs: number): Promise<void> {
  const flight = await flightOf(env.DB, tenant, nowMs);
  await handOut(env, tenant, flight, nowMs);
  if (flight.resting.length === 0) return;
  const { slow: window } = windowsOf(flight.most);
  const lanes = { are: "only" as const, these: lanesOf(tenant, flight.resting) };
  const [tried = []] = await claimDue(env.DB, [{ ...claimOf(tenant, nowMs), window, lanes }]);
  const slow = new Set(lanesOf(tenant, flight.slow));
  for (const isSlow of [false, true]) {
    const those = tried.filter(({ lane }) => slow.has(lane) === isSlow);
    await wakeAll(env, those, isSlow);
  }
}

function lanesOf(tenant: string, endpoints: readonly string[]): string[] {
  return endpoints.map((share) => laneOf({ tenant, kind: WEBHOOK_DELIVER }, share));
}

function claimOf(tenant: string, nowMs: number) {
  return { group: groupOf(tenant, WEBHOOK_DELIVER), nowMs, untilMs: nowMs + SECOND_LEASE_MS };
}

/** Hands out what is due as `flight` says it may fly. */
export async function handOut(env: Env, tenant: string, flight: Flight, nowMs: number) {
  const { most, resting } = flight;
  const windows = windowsOf(most);
  const claim = claimOf(tenant, nowMs);
  const slow = flight.slow.filter((id) => !resting.includes(id));
  const slowOnes = lanesOf(tenant, slow);
  const apart = [...slowOnes, ...lanesOf(tenant, resting)];
  const [quickly = [], slowly = []] = await claimDue(env.DB, [
    { ...claim, window: windows.quick, lanes: { are: "not", these: apart } },
    ...(slow.length > 0
      ? [{ ...claim, window: windows.slow, lanes: { are: "only" as const, these: slowOnes } }]
      : []),
  ]);
  await wakeAll(env, quickly, false);
  await wakeAll(env, slowly, true);
}

/** How the deliveries fly after an attempt that left its endpoint as it says. */
export function flightAfter(
  { most, slow, resting }: Flight,
  endpoint: Endpoint,
  nowMs: number,
): Flight {
  const others = (ids: readonly string[]) => ids.filter((id) => id !== endpoint.id);
  return {
    most,
    slow: endpoint.slow ? [...others(slow), endpoint.id] : others(slow),
    resting: isResting(endpoint, nowMs) ? [...others(resting), endpoint.id] : others(resting),
  };
}
