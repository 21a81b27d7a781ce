/** Lago's events: as they were sent, in the pages of `GET /events`, and in its CSV. Pure. */
import {
  type Fields,
  foreignTime,
  isFields,
  Unfit,
} from "../../../../src/metering/intake/foreign.ts";
import { type ForeignFormat, type Named, neededText, objectIn, textIn } from "./event.ts";

const SOURCE_PREFIX = "lago:";
const PRECISE = "precise_total_amount_cents";

export const lago: ForeignFormat = {
  product: "Lago",
  isRecord: (record) => {
    const { transaction_id, code } = eventIn(record);
    return transaction_id !== undefined && code !== undefined;
  },
  isHeader: (names) => names.has("transaction_id") && names.has("code"),
  refusal: () => null,
  read,
  ofRow: (row) => ({
    ...Object.fromEntries(row),
    properties: objectIn(row.get("properties"), "properties"),
  }),
};

function eventIn(record: Fields): Fields {
  return isFields(record.event) ? record.event : record;
}

function read(record: Fields): Named {
  const event = eventIn(record);
  const subscription =
    textIn(event, "external_subscription_id") ?? neededText(event, "external_customer_id");
  const { timestamp, properties } = event;
  if (timestamp === undefined || timestamp === null || timestamp === "") {
    throw new Unfit("/timestamp", "is missing");
  }
  const data = properties ?? {};
  if (!isFields(data)) throw new Unfit("/properties", "is an object");
  if (data.operation_type === "remove") {
    throw new Unfit("/properties/operation_type", "remove is not counted: usage only adds up");
  }
  const precise = textIn(event, PRECISE);
  return {
    event: {
      dataAt: "/properties",
      id: neededText(event, "transaction_id"),
      source: SOURCE_PREFIX + subscription,
      type: neededText(event, "code"),
      timestamp: foreignTime("/timestamp", timestamp),
      data,
      ...(precise === null ? {} : { more: { [PRECISE]: precise } }),
    },
    subject: subscription,
    needsRule: false,
  };
}
