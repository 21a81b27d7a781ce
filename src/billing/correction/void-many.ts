/** Taking back all events that a filter leaves, step by step. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { noteStep } from "../../accounts/audit/note-step.ts";
import { eventOf } from "../../metering/event/line.ts";
import { type EventFilter, listEvents, voidLine } from "../../metering/read/event.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { decodeCursor, encodeCursor } from "../../platform/http/http.ts";
import { MOST_READ, type Step, takeStep } from "../../platform/http/step.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { insistMay } from "./permit.ts";

/**
 * Takes one step, newest events first. An event that is priced, and that the actor may not take
 * back, is refused by itself. Errors: as `takeStep`, 422 for the cursor.
 */
export async function voidStep(
  env: Env,
  actor: Actor,
  filter: EventFilter,
  cursor: string | null,
): Promise<Step> {
  const { env: counted, hasRoom } = countingQueries(env);
  const one = onTheWay(actor);
  const beforeSeq = cursor === null ? Number.MAX_SAFE_INTEGER : seqIn(cursor);
  const found = await listEvents(counted, actor.tenantId, filter, {
    beforeSeq,
    limit: MOST_READ,
  });
  // Asked once for each metric.
  const permits = new Map<string, Promise<void>>();
  const permitFor = (metric: string) => {
    const known = permits.get(metric) ?? insistMay(counted, one, "void", async () => [metric]);
    permits.set(metric, known);
    return known;
  };
  const step = await takeStep(found.lines, {
    hasRoom,
    nameOf: ({ seq, tuple }) => ({ id: `seq_${seq}`, number: eventOf(tuple).id }),
    isPossible: ({ seq }) => !found.voided.has(seq),
    act: async (line) => {
      await permitFor(eventOf(line.tuple).metric);
      await voidLine(counted, one, line);
    },
  });
  // What was read may be all of a page, but not of the list.
  step.next_cursor ??= found.next === null ? null : encodeCursor([`seq_${found.next}`]);
  return noteStep(env.DB, actor, { action: "usage.bulk", target: "events" }, step);
}

function seqIn(cursor: string): number {
  const [id] = decodeCursor(cursor, 1);
  return Number(String(id).replace("seq_", ""));
}
