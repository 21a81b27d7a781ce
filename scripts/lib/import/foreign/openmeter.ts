/**
 * OpenMeter's events: CloudEvents, or the entries of `GET /api/v1/events` and of v2, which hold one
 * each. The results of its meter queries are totals. Pure.
 */
import { sourceOf } from "../../../../src/compat/openmeter/event.ts";
import {
  type Fields,
  foreignTime,
  isFields,
  Unfit,
} from "../../../../src/metering/intake/foreign.ts";
import { type ForeignFormat, type Named, neededText, textIn } from "./event.ts";

const TOTALS =
  "an OpenMeter meter query holds totals of windows and no events: save what " +
  "GET /api/v1/events answers, range by range (from and to), and import that; or take the totals " +
  "as they are with --format csv --map metric_name=…,quantity=value,timestamp=window_start";

/** Attributes that are no extensions. */
const OWN = new Set(
  "specversion id source type time subject data datacontenttype dataschema".split(" "),
);

export const openmeter: ForeignFormat = {
  product: "OpenMeter",
  isRecord: (record) => isTotal(record) || isEvent(eventIn(record)),
  isHeader: (names) => names.has("window_start") && names.has("window_end") && names.has("value"),
  refusal: (record) => (isTotal(record) ? TOTALS : null),
  read,
  ofRow: (row) => Object.fromEntries(row),
};

function eventIn(record: Fields): Fields {
  return isFields(record.event) ? record.event : record;
}

function isEvent({ specversion, source, type, id }: Fields): boolean {
  return specversion !== undefined && [source, type, id].every((one) => typeof one === "string");
}

function isTotal(record: Fields): boolean {
  return (
    (Object.hasOwn(record, "windowStart") && Object.hasOwn(record, "value")) ||
    (Object.hasOwn(record, "window_start") && Object.hasOwn(record, "value"))
  );
}

function read(record: Fields): Named {
  const event = eventIn(record);
  if (event.data_base64 !== undefined && event.data_base64 !== null) {
    throw new Unfit("/data_base64", "is not read: data is JSON");
  }
  const { time } = event;
  if (time === undefined || time === null) throw new Unfit("/time", "is missing");
  const more = Object.entries(event).filter(
    ([name, value]) => !OWN.has(name) && value !== undefined && value !== null,
  );
  return {
    event: {
      dataAt: "/data",
      id: neededText(event, "id"),
      source: sourceOf(neededText(event, "source")),
      type: neededText(event, "type"),
      timestamp: foreignTime("/time", time),
      data: event.data,
      more: Object.fromEntries(more),
    },
    subject: textIn(event, "subject"),
    needsRule: false,
  };
}
