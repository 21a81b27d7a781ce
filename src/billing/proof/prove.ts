/** Reading a tenant's counters three ways: from the meter, the ledger's rollups and its events. */
import type { Count, Window } from "../../metering/counter/terms.ts";
import { readCounts } from "../../metering/meter/meter.ts";
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
 * Each window of a tenant's terms that has begun, by all three readings. `settled` is false where
 * events came in during each of the readings: a difference then proves nothing.
 */
export async function proveWindows(
  env: Env,
  { tenantId, nowMs }: Reader,
): Promise<{ settled: boolean; windows: WindowProof[] }> {
  const { pushed } = await readTermsState(env.DB, tenantId, nowMs - TERMS_BACK_MS);
  const begun = pushed.filter(({ startMs }) => startMs <= nowMs);
  for (let attempt = 1; ; attempt++) {
    const meter = await meterCounts(env, tenantId, begun);
    const windows: WindowProof[] = [];
    for (const window of begun) windows.push(await proveWindow(env, tenantId, window, meter));
    const again = await meterCounts(env, tenantId, begun);
    const settled = driftOf(meter, again).length === 0;
    if (settled || attempt === ATTEMPTS) return { settled, windows };
  }
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
