/** Records what foreign events became, in as many batches as one call of the meter takes. */
import type { Env } from "../../platform/runtime/env.ts";
import { recordLater } from "../record/later.ts";
import {
  checkItems,
  laterOutcomes,
  type Outcome,
  type Recorder,
  recordChecked,
} from "../record/record.ts";
import type { ForeignItem, Mapped } from "./foreign.ts";
import type { Result } from "./format.ts";

/** Of one call of the meter, as of a batch that comes by itself. */
const MAX_EVENTS = 5_000;
const MAX_LENGTH = 1_000_000;
/** What an item has beside its metadata, at most about. */
const ITEM_LENGTH = 300;

/**
 * Records foreign events, or leaves them to the queue; the results stand in their order. What one
 * batch throws (429, 503) leaves those before it counted: whoever sends all of it again finds them
 * as duplicates. None of them may name a tenant.
 */
export async function recordForeign(
  env: Env,
  recorder: Recorder & { realMs: number },
  events: readonly Mapped[],
  later = false,
): Promise<Result[]> {
  const results = events.map((event): Result | null => {
    if ("item" in event) return null;
    const { at, code, detail } = event;
    return { at, outcome: { outcome: "refused", id: null, code, detail } };
  });
  for (const group of groupsOf(events)) {
    const outcomes = await recordGroup(env, recorder, group, later);
    group.forEach(({ position, at }, i) => {
      results[position] = { at, outcome: outcomes[i] as Outcome };
    });
  }
  return results as Result[];
}

type Placed = { position: number; at: string; item: ForeignItem };

async function recordGroup(
  env: Env,
  recorder: Recorder & { realMs: number },
  group: readonly Placed[],
  later: boolean,
): Promise<Outcome[]> {
  const checked = await checkItems(
    recorder,
    group.map(({ item }) => ({ value: item })),
    () => null,
  );
  if (!later) return recordChecked(env, recorder, checked);
  await recordLater(env, recorder, checked);
  return laterOutcomes(checked);
}

/** The events that go to the meter, in groups of what one call takes. */
function* groupsOf(events: readonly Mapped[]): Generator<Placed[]> {
  let group: Placed[] = [];
  let length = 0;
  for (const [position, event] of events.entries()) {
    if (!("item" in event)) continue;
    const { at, item } = event;
    if (group.length === MAX_EVENTS || (length > MAX_LENGTH && group.length > 0)) {
      yield group;
      [group, length] = [[], 0];
    }
    group.push({ position, at, item });
    length += ITEM_LENGTH + (item.metadata ? JSON.stringify(item.metadata).length : 0);
  }
  if (group.length > 0) yield group;
}
