/** The metrics that are counted, each with what it says. Pure. */
import type { MetricType } from "../platform/watch/exposition.ts";

type Listed = readonly [name: string, type: MetricType, help: string];

/** What `count` and `time` are called with anywhere; a test holds that nothing else is counted. */
export const COUNTED: readonly Listed[] = [
  [
    "boxcostpro_requests_total",
    "counter",
    "Requests that were answered, by route and by class of status.",
  ],
  [
    "boxcostpro_request_duration_seconds",
    "histogram",
    "Time from a request's arrival to its answer, by area of the API.",
  ],
  [
    "boxcostpro_usage_batches_total",
    "counter",
    "Calls of meters that brought usage, each of one event or of many.",
  ],
  [
    "boxcostpro_usage_events_total",
    "counter",
    "Usage events by what became of them: accepted, duplicate, refused, throttled or halted.",
  ],
  [
    "boxcostpro_usage_async_refused_total",
    "counter",
    "Events that were acknowledged asynchronously and could not be counted.",
  ],
  ["boxcostpro_drains_total", "counter", "Drains of meters' journals into the ledger, by outcome."],
  ["boxcostpro_drained_events_total", "counter", "Events that came into the ledger."],
  [
    "boxcostpro_drain_lag_seconds",
    "histogram",
    "How long the first event of a drain had waited when the ledger had it.",
  ],
  ["boxcostpro_object_starts_total", "counter", "Times that a meter's object was started."],
  [
    "boxcostpro_object_resets_total",
    "counter",
    "Times that a meter let go of its memory, since its storage did not agree with it.",
  ],
  ["boxcostpro_queue_messages_total", "counter", "Messages that a queue handed over."],
  ["boxcostpro_sweeps_total", "counter", "Sweeps of the schedule, by outcome."],
  ["boxcostpro_due_runs_total", "counter", "Runs of due work, by its kind and outcome."],
];
