/** Filling the memory of a meter that starts from its storage: an idle object loses its memory. */
import { tally } from "../counter/tally.ts";
import type { Terms } from "../counter/terms.ts";
import { tuplesOf } from "../event/body.ts";
import { KEY_WORDS } from "../event/key.ts";
import type { Drainer } from "./drainer.ts";
import type { HotTable } from "./identity.ts";
import type { Journal } from "./journal.ts";
import type { MeterState } from "./state.ts";

/** Fills empty memory: a snapshot, then the log rows after it; what fired; the open generation. */
export function loadMemory(
  journal: Journal,
  state: MeterState,
  drainer: Drainer,
  hot: HotTable,
): void {
  drainer.tenant = journal.readMeta<string>("tenant") ?? "";
  const saved = journal.readCounters();
  if (saved) state.setCounters(saved.version, saved.counters);
  state.strict = journal.readMeta<boolean>("strict") ?? false;
  const terms = journal.readMeta<Terms>("terms");
  if (terms) state.setTerms(terms);
  loadCounters(journal, state, drainer);
  if (state.seq > drainer.flushedSeq) {
    for (const { body } of journal.allAfter(drainer.flushedSeq)) drainer.add(body.length, []);
  }
  for (const { key, alert, pending } of journal.readFired()) {
    state.fired.add(key);
    if (alert) state.alerts.push(alert);
    if (alert && pending) drainer.add(0, [alert]);
  }
  for (const id of journal.frozenIds()) state.frozen.add(id);
  for (const { firstSeq, keys } of journal.openKeys()) {
    for (let at = 0, seq = firstSeq; at < keys.length; at += KEY_WORDS) hot.add(keys, at, seq++);
  }
  journal.begun();
}

function loadCounters(journal: Journal, state: MeterState, drainer: Drainer): void {
  const snapshot = journal.readSnapshot();
  for (const cell of snapshot?.cells ?? []) state.addCell(cell);
  drainer.flushedSeq = snapshot?.flushedSeq ?? 0;
  drainer.seriesSeq = snapshot?.seriesSeq ?? 0;
  state.lastNowMs = snapshot?.lastNowMs ?? 0;
  state.seq = journal.lastSeq();
  // Most objects that wake have nothing since.
  const after = snapshot?.seq ?? 0;
  for (const { body } of state.seq > after ? journal.allAfter(after) : []) {
    for (const cell of tally(tuplesOf(body), state.terms.windows, state.counters)) {
      state.addCell(cell);
    }
  }
  // What the ledger does not know yet; the rest is asked of it before the first answer.
  for (const { metric } of state.cells.values()) state.names.add([metric]);
}
