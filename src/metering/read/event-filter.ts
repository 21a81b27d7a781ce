/** Pure. Which events a query asks for. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { parseTime } from "../../core/time.ts";
import type { EventFilter } from "./event.ts";
import type { EventsAsked } from "./event-schema.ts";
import { userOf } from "./reader.ts";

/** The filter of a query; who reads only their own events is held to these. */
export function eventFilterOf(actor: Actor, query: EventsAsked): EventFilter {
  return {
    metric: query.metric_name ?? null,
    userId: userOf(actor, query.user_id),
    source: query.source ?? null,
    startMs: timeOf(query.start_date) ?? 0,
    endMs: timeOf(query.end_date) ?? Number.MAX_SAFE_INTEGER,
    voided: query.voided !== undefined,
    seqs: query.ids?.split(",").map((id) => Number(id.slice("seq_".length))),
  };
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : parseTime(text);
}
