/** Reading a tenant's counters three ways: from the meter, the ledger's rollups and its events. */
import { invalidField, notFound } from "../../core/errors.ts";
import { MAX_READ_EVENTS } from "../../metering/counter/room.ts";
import type { Count, Window } from "../../metering/counter/terms.ts";
import { readCounts } from "../../metering/meter/meter.ts";
import { eventsToRead } from "../../metering/read/event.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { eventCounts, ledgerCounts } from "../period/counted.ts";
import type { Reader } from "../period/current.ts";
import { driftOf } from "../period/drift.ts";
import { TERMS_BACK_MS } from "../period/terms.ts";
import { readTermsState } from "../period/terms-store.ts";

export type WindowProof = {
  window: Window;
  meter: Count[];
  rollups: Count[];
  events: Count[];
  equal: boolean;
};

/** Readings to try for while events keep coming in. */
const ATTEMPTS = 3;

/**
 * Each window of a tenant's terms that has begun, or the one that is named, by all three readings.
 * `settled` is false where events came in during each of the readings: a difference then proves
 * nothing. Errors: 404 for a window that is none of them, 422 where they hold more than
 * `mostEvents`, with what to ask instead.
 */
export async function proveWindows(
  env: Env,
  { tenantId, nowMs }: Reader,
  windowId: string | null = null,
  mostEvents = MAX_READ_EVENTS,
): Promise<{ settled: boolean; windows: WindowProof[] }> {
  const { pushed } = await readTermsState(env.DB, tenantId, nowMs - TERMS_BACK_MS);
  const begun = pushed.filter(
    ({ id, startMs }) => startMs <= nowMs && (windowId === null || id === windowId),
  );
  if (windowId !== null && begun.length === 0) throw notFound("window");
  await insistReadable(env, tenantId, begun, mostEvents);
  for (let attempt = 1; ; attempt++) {
    const meter = await meterCounts(env, tenantId, begun);
    const windows: WindowProof[] = [];
    for (const window of begun) windows.push(await proveWindow(env, tenantId, window, meter));
    const again = await meterCounts(env, tenantId, begun);
    const settled = driftOf(meter, again).length === 0;
    if (settled || attempt === ATTEMPTS) return { settled, windows };
  }
}

/** Refuses windows with more events than one answer reads, before any of them is read. */
async function insistReadable(
  env: Env,
  tenant: string,
  windows: readonly Window[],
  mostEvents: number,
): Promise<void> {
  let events = 0;
  for (const window of windows) events += await eventsToRead(env, tenant, window);
  if (events <= mostEvents) return;
  const detail = `has more than ${mostEvents} events to read one by one`;
  const instead =
    windows.length > 1
      ? `name one of the windows ${windows.map(({ id }) => id).join(", ")}`
      : "once it is closed, its proof in /api/billing/periods says whether it equals the ledger";
  throw invalidField("/query/window_id", `${detail}: ${instead}`);
}

function meterCounts(env: Env, tenant: string, windows: Window[]): Promise<Count[]> {
  return readCounts(env, tenant, { windowIds: windows.map(({ id }) => id) });
}

async function proveWindow(
  env: Env,
  tenant: string,
  window: Window,
  all: readonly Count[],
): Promise<WindowProof> {
  const meter = all.filter(({ windowId }) => windowId === window.id);
  const { counts: rollups } = await ledgerCounts(env, tenant, window);
  const events = await eventCounts(env, tenant, window);
  const equal = driftOf(meter, rollups).length === 0 && driftOf(meter, events).length === 0;
  return { window, meter, rollups, events, equal };
}
