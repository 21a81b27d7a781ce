/**
 * What the bench measures and the simulation computes with: each constant's name, unit and meaning.
 * Pure. `bench/constants.ts` writes one of each into `bench/constants.json`.
 */

type Described = { unit: "µs" | "ms" | "rows" | "bytes" | "messages" | "operations"; of: string };

export const CONSTANTS = {
  cpu_us_per_event_1: { unit: "µs", of: "CPU of an event that is sent alone, drain included" },
  cpu_us_per_event_100: { unit: "µs", of: "CPU of an event in a batch of 100" },
  cpu_us_per_event_1000: { unit: "µs", of: "CPU of an event in a batch of 1,000" },
  cpu_us_per_event_5000: { unit: "µs", of: "CPU of an event in a batch of 5,000" },
  cpu_us_per_small_drain: { unit: "µs", of: "CPU of a drain of one event, by the alarm" },
  object_rows_per_commit: { unit: "rows", of: "log rows of a call that commits alone" },
  object_rows_per_event: { unit: "rows", of: "rows of identities for each event" },
  object_rows_per_small_drain: { unit: "rows", of: "other rows, for each drain of one event" },
  object_rows_per_full_drain: { unit: "rows", of: "other rows, for each drain of full batches" },
  object_alarms_per_small_drain: { unit: "rows", of: "alarms set for each drain of one event" },
  object_alarms_per_full_drain: { unit: "rows", of: "alarms set for each drain of full batches" },
  object_id_bytes: { unit: "bytes", of: "storage of an identity, 36 days" },
  object_log_bytes: { unit: "bytes", of: "storage of an event in the log, 7 days" },
  object_base_bytes: { unit: "bytes", of: "storage of an object with few events" },
  object_filter_bytes: { unit: "bytes", of: "memory of an identity in the filters, 36 days" },
  events_per_full_drain: { unit: "rows", of: "events of a drain of full batches" },
  d1_rows_per_small_drain: { unit: "rows", of: "rows written by a drain of one event" },
  d1_rows_per_full_drain: { unit: "rows", of: "rows written by a drain of full batches" },
  d1_rows_per_event: { unit: "rows", of: "rows of series for each event" },
  d1_read_per_small_drain: { unit: "rows", of: "rows read by a drain of one event" },
  d1_ms_per_small_drain: { unit: "ms", of: "D1 for a drain of one event" },
  d1_ms_per_full_drain: { unit: "ms", of: "D1 for a drain of full batches" },
  d1_bytes_per_segment: { unit: "bytes", of: "a segment's row and its quarter-hour's, no body" },
  d1_bytes_per_rollup: { unit: "bytes", of: "a metric's quarter-hour" },
  d1_bytes_per_event: { unit: "bytes", of: "series of an event, kept as long as it" },
  segment_bytes_of_one: { unit: "bytes", of: "the body of a segment of one event" },
  segment_bytes_per_event: { unit: "bytes", of: "an event in the body of a large segment" },
  cpu_us_per_alert: { unit: "µs", of: "CPU of an alert with the event and the drain it causes" },
  object_rows_per_alert: { unit: "rows", of: "rows of the object for the same" },
  d1_rows_per_alert: { unit: "rows", of: "rows written in D1 for the same" },
  messages_per_alert: { unit: "messages", of: "announcements of an alert" },
  cpu_us_per_document: { unit: "µs", of: "CPU of an invoice made, finalized and read as PDF" },
  d1_rows_per_document: { unit: "rows", of: "rows written in D1 for the same" },
  d1_read_per_document: { unit: "rows", of: "rows read in D1 for the same" },
  d1_bytes_per_document: { unit: "bytes", of: "what the database grows by for the same" },
  messages_per_document: { unit: "messages", of: "announcements of a document" },
  r2_writes_per_document: { unit: "operations", of: "files that are written for a document" },
  r2_reads_per_document: { unit: "operations", of: "files that are read for a document" },
  r2_bytes_per_document: { unit: "bytes", of: "files of a document" },
  cpu_us_per_webhook: { unit: "µs", of: "CPU of a delivery that its receiver takes" },
  d1_rows_per_webhook: { unit: "rows", of: "rows written in D1 for the same" },
  messages_per_webhook: { unit: "messages", of: "attempts of a delivery that is taken" },
  cpu_us_per_due_row: { unit: "µs", of: "CPU of a row of due work with little to do" },
  d1_rows_per_due_row: { unit: "rows", of: "rows written in D1 for the same" },
  messages_per_due_row: { unit: "messages", of: "messages for the same" },
} as const satisfies Record<string, Described>;

export type ConstantName = keyof typeof CONSTANTS;
export type Constants = Record<ConstantName, number>;

/** Where and when they were measured. */
export type Measured = { date: string; machine: string; node: string; scale: number };
export type ConstantsFile = { measured: Measured; constants: Constants };

export const CONSTANT_NAMES = Object.keys(CONSTANTS) as ConstantName[];

const AGAIN = "npm run bench -- --only constants measures them anew";

/** The constants of a file. Errors: a plain sentence for one that is missing or no number. */
export function constantsIn(text: string, path: string): ConstantsFile {
  const { measured, constants } = parsed(text, path);
  for (const name of CONSTANT_NAMES) {
    const value = constants?.[name];
    if (value === undefined) throw new Error(`${path} lacks ${name}: ${AGAIN}`);
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw new Error(`${path}: ${name} is no number from 0 on: ${AGAIN}`);
    }
  }
  const unknown = Object.keys(constants ?? {}).find((name) => !(name in CONSTANTS));
  if (unknown) throw new Error(`${path}: nobody computes with ${unknown}: ${AGAIN}`);
  if (!measured?.date) throw new Error(`${path} does not say when it was measured: ${AGAIN}`);
  return { measured, constants: constants as Constants };
}

type Maybe = { measured?: Measured; constants?: Record<string, unknown> };

function parsed(text: string, path: string): Maybe {
  try {
    return (JSON.parse(text) ?? {}) as Maybe;
  } catch {
    throw new Error(`${path} is no JSON: ${AGAIN}`);
  }
}
