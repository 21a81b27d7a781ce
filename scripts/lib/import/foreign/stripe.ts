/**
 * Stripe's meter events as they were sent, in both versions of its API, and its event summaries,
 * which are totals of a customer's windows. Pure.
 */
import {
  type Fields,
  foreignId,
  foreignItem,
  foreignMetric,
  foreignQuantity,
  foreignTime,
  isFields,
  Unfit,
} from "../../../../src/metering/intake/foreign.ts";
import { parsePath } from "../../../../src/metering/intake/path.ts";
import { rulesOfType, type UsageRule } from "../../../../src/metering/intake/rule.ts";
import {
  type ForeignFormat,
  type Named,
  neededText,
  objectIn,
  type Reading,
  textIn,
} from "./event.ts";

const SOURCE = "stripe";
const CUSTOMER_KEY = "stripe_customer_id";
const SUMMARY = "billing.meter_event_summary";
const NEEDS_NAMES =
  "Stripe's event summaries are totals that name neither their event nor their customer: say " +
  "--metric NAME and --customer ID, and each window becomes one event of that metric; or import " +
  "the meter events as they were sent";
/** Columns of a payload: `payload.value`, `payload_value`, `payload[value]`. */
const PAYLOAD_COLUMN = /^payload(?:[._](.+)|\[(.+)\])$/;

export const stripe: ForeignFormat = {
  product: "Stripe",
  isRecord: (record) => isSummary(record) || isEvent(record),
  isHeader: (names) => names.has("event_name") && (names.has("timestamp") || names.has("payload")),
  refusal: (record, { metric, customer }) => {
    return isSummary(record) && (!metric || !customer) ? NEEDS_NAMES : null;
  },
  read: (record, reading) =>
    isSummary(record) ? readSummary(record, reading) : read(record, reading),
  ofRow,
};

function isSummary({ object }: Fields): boolean {
  return object === SUMMARY;
}

function isEvent({ event_name, payload }: Fields): boolean {
  return typeof event_name === "string" && isFields(payload);
}

function read(record: Fields, { rules, name }: Reading): Named {
  const type = neededText(record, "event_name");
  if (!isFields(record.payload)) throw new Unfit("/payload", "is an object");
  const time = record.timestamp ?? record.created;
  if (time === undefined || time === null || time === "")
    throw new Unfit("/timestamp", "is missing");
  const data = record.payload;
  const key = customerKey(rulesOfType(rules, type)[0]);
  return {
    event: {
      dataAt: "/payload",
      id: textIn(record, "identifier") ?? name(),
      source: SOURCE,
      type,
      timestamp: foreignTime("/timestamp", time),
      data,
    },
    subject: textIn(data, key),
    needsRule: true,
  };
}

/** The payload's key that says whose an event is, by the rule that counts it. */
function customerKey(rule: UsageRule | undefined): string {
  const path = rule?.userPath ? parsePath(rule.userPath) : null;
  return path?.join(".") || CUSTOMER_KEY;
}

/** One event for a window, at its start; window, meter and customer are its identity. */
function readSummary(record: Fields, { metric = "", customer = "" }: Reading): Named {
  const timestamp = foreignTime("/start_time", record.start_time);
  const end = foreignTime("/end_time", record.end_time);
  const { quantity, sent } = foreignQuantity("/aggregated_value", record.aggregated_value);
  const meter = textIn(record, "meter") ?? "";
  const id = foreignId(`summary:${meter}:${customer}:${timestamp}/${end}`);
  const named = { metric_name: foreignMetric("", metric), quantity, id, source: SOURCE };
  const metadata = { meter, window_end: end, ...sent };
  return { item: foreignItem(named, { timestamp, user: null, metadata }), subject: customer };
}

function ofRow(row: ReadonlyMap<string, string>): Fields {
  const payload: Fields = objectIn(row.get("payload"), "payload");
  for (const [name, cell] of row) {
    const column = PAYLOAD_COLUMN.exec(name);
    const key = column?.[1] ?? column?.[2] ?? PLAIN_COLUMNS[name];
    if (key !== undefined && cell !== "") payload[key] = cell;
  }
  const named = ["event_name", "identifier", "timestamp", "created"].flatMap((name) => {
    const cell = row.get(name);
    return cell ? [[name, cell] as const] : [];
  });
  return { ...Object.fromEntries(named), payload };
}

/** Columns that are of the payload by their own names. */
const PLAIN_COLUMNS: Readonly<Record<string, string>> = {
  value: "value",
  stripe_customer_id: CUSTOMER_KEY,
  customer_id: CUSTOMER_KEY,
};
