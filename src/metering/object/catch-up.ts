/**
 * An object that was restored to a time before the ledger's takes over what it lacks: log rows,
 * identities and counters from the segments, voids among them, alerts and frozen windows. It may be
 * run again from anywhere.
 */
import type { Store } from "../../platform/db/ledger.ts";
import { schedule } from "../../platform/queue/due.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import { alertKey } from "../counter/limit.ts";
import { tally } from "../counter/tally.ts";
import { keysOf } from "../event/key.ts";
import type { Line } from "../event/line.ts";
import { readAlerts } from "../ledger/alert.ts";
import { readSegment } from "../ledger/ledger.ts";
import { readFrozen, type Start } from "../ledger/watermark.ts";
import type { Drainer } from "./drainer.ts";
import type { Journal } from "./journal.ts";
import { PendingCommit } from "./pending-commit.ts";
import type { MeterState } from "./state.ts";

/** Due kind: a rebuilt object may have old terms and metrics; their owners push them again. */
export const METER_REBUILT = "meter.rebuilt";

/** A meter that was restored, and how it writes. */
export type Restored = {
  control: D1Database;
  store: Store;
  state: MeterState;
  journal: Journal;
  drainer: Drainer;
  transact(work: () => void): void;
  /** Writes a draft and takes it over into memory. */
  commit(draft: PendingCommit): void;
};

/** What a meter that starts takes over of its databases, or gives them again. */
export async function takeOver(start: Start, restored: Restored): Promise<void> {
  const { state, drainer } = restored;
  const { upTo, frozenIds, announced } = start;
  if (upTo > state.seq) await catchUp(restored, upTo);
  await adoptFrozen(restored, frozenIds);
  // Further than the snapshot said, or set back meanwhile: what it lost is drained again.
  if (upTo !== drainer.flushedSeq) await drainer.reconcile();
  await drainer.compareAnnounced(announced);
}

/** Adopts the events up to `upTo`, and the alerts that they fired. */
async function catchUp(restored: Restored, upTo: number): Promise<void> {
  const { control, store, state, drainer } = restored;
  const { tenant } = drainer;
  logWarning({ at: "meter", message: "catching up", tenant, upTo });
  // What the restored object has not flushed, the later one has: the ledger holds it.
  drainer.flushedSeq = state.seq;
  while (state.seq < upTo) {
    const lines = await readSegment(store, tenant, state.seq + 1);
    const lacking = (lines ?? []).filter(({ seq }) => seq > state.seq);
    if (lacking[0]?.seq !== state.seq + 1) throw drainer.halting("the ledger has a gap");
    restored.commit(draftOf(state, lacking));
    drainer.flushedSeq = state.seq;
  }
  await adoptAlerts(restored);
  const row = {
    tenant,
    atMs: Date.now(),
    clock: "real",
    kind: METER_REBUILT,
    ref: tenant,
  } as const;
  await schedule(control, row).run();
}

function draftOf(state: MeterState, lines: readonly Line[]): PendingCommit {
  const tuples = lines.map(({ tuple }) => tuple);
  const draft = PendingCommit.of(state.seq, tuples.length);
  const body = tuples.map((tuple) => JSON.stringify(tuple)).join("\n");
  for (const { seq, tuple } of lines) {
    if (tuple[8]) draft.voids.push({ voidedSeq: tuple[8], voidSeq: seq });
  }
  draft.accept({ n: tuples.length, body, keys: keysOf(tuples) });
  for (const cell of tally(tuples, state.terms.windows, state.counters)) draft.addCell(cell);
  return draft;
}

async function adoptAlerts({ store, state, journal, drainer, transact }: Restored): Promise<void> {
  const alerts = await readAlerts(store.DB, drainer.tenant);
  const lost = alerts.filter((alert) => !state.fired.has(alertKey(alert)));
  transact(() => {
    for (const alert of lost) journal.writeFired(alertKey(alert), alert, false);
    drainer.snapshot();
  });
  for (const alert of lost) state.addAlert(alert);
}

/** Takes over frozen windows that it has forgotten: else alerts of closed periods would fire. */
async function adoptFrozen(restored: Restored, frozenIds: readonly string[]): Promise<void> {
  const { store, state, journal, drainer } = restored;
  const forgotten = frozenIds.filter((id) => !state.frozen.has(id) && state.holds(id));
  if (forgotten.length === 0) return;
  for (const windowId of forgotten) {
    const frozen = await readFrozen(store.DB, drainer.tenant, windowId);
    if (!frozen) continue;
    restored.transact(() => journal.writeFrozen(windowId, frozen));
    state.frozen.add(windowId);
  }
}
