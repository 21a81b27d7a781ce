/**
 * An object that was restored to a time before the ledger's takes over what it lacks: log rows,
 * identities and counters from the segments, voids among them. It may be run again from anywhere.
 */
import { schedule } from "../platform/due.ts";
import { tally } from "./counter.ts";
import { Draft } from "./draft.ts";
import type { Drainer } from "./drainer.ts";
import { readSegment, type Store } from "./ledger.ts";
import { keysOf } from "./line.ts";
import type { MeterState } from "./state.ts";

/** Due kind: terms and catalogue of a rebuilt object may be old; their owners tell them again. */
export const METER_REBUILT = "meter.rebuilt";

/** Adopts the events up to `upTo`. `commit` writes a draft and takes it over into memory. */
export async function catchUp(
  store: Store,
  state: MeterState,
  drainer: Drainer,
  upTo: number,
  commit: (draft: Draft) => void,
): Promise<void> {
  const { tenant } = drainer;
  console.warn(JSON.stringify({ at: "meter", message: "catching up", tenant, upTo }));
  // What it had not flushed then was flushed later: the ledger has it.
  drainer.flushedSeq = state.seq;
  while (state.seq < upTo) {
    const lines = await readSegment(store, tenant, state.seq + 1);
    const lacking = (lines ?? []).filter(({ seq }) => seq > state.seq);
    if (lacking[0]?.seq !== state.seq + 1) throw new Error("halted: the ledger has a gap");
    const tuples = lacking.map(({ tuple }) => tuple);
    const draft = Draft.of(state.seq, tuples.length);
    const body = tuples.map((tuple) => JSON.stringify(tuple)).join("\n");
    for (const { seq, tuple } of lacking) if (tuple[8]) draft.voids.push({ of: tuple[8], by: seq });
    draft.accept({ n: tuples.length, body, keys: keysOf(tuples) });
    const { terms, counters } = state;
    for (const cell of tally(tuples, terms.windows, counters)) draft.addCell(cell);
    commit(draft);
    drainer.flushedSeq = state.seq;
  }
  const row = {
    tenant,
    atMs: Date.now(),
    clock: "real",
    kind: METER_REBUILT,
    ref: tenant,
  } as const;
  await schedule(store.DB, row).run();
}
