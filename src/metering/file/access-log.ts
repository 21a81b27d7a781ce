/**
 * A web server's access log as usage: the Common and the Combined format of the Apache HTTP server
 * (mod_log_config), a line a request. Pure.
 */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { parseTime, timeText } from "../../core/time.ts";

export type Visit = {
  /** The line's number in its file, from 1. */
  number: number;
  /** Null where the log does not say whose visit it was. */
  address: string | null;
  atMs: number;
  method: string;
  status: number;
  bytes: number;
  /** Of the line's content and position: the same line of the same file has the same one. */
  id: string;
};

export type UsageItem = {
  id: string;
  metric_name: string;
  quantity: number;
  timestamp: string;
  /** None where nobody is named. */
  user_id?: string;
  metadata: Record<string, string | number>;
};

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

// host ident user [time] "request" status bytes; what Combined adds after it is not needed here.
const LINE = /^(\S+ \S+ .*?)\[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?: |$)/;
// One address or name, and no ident, as nearly every line begins.
const PLAIN = /^([^\s:,"]+|[\da-fA-F:.]+) - /;
const FIELD = /"[^"]*"|[^\s,]+(?:,\s*[^\s,]+)*/g;
// What servers and proxies write where they know nobody (RFC 7239 section 6.2).
const NOBODY = /^"?(?:-|unknown)(?:\s*,\s*(?:-|unknown))*"?$/i;
const HOST_AND_PORT = /^[^\s:]+:\d+$/;
const TIME = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/;

/** The visit in a line, or null for a line of neither format; its id by content and number. */
export function parseVisit(
  line: string,
  number: number,
  idOf: (line: string, number: number) => string = numberedId,
  clientField?: number,
): Visit | null {
  const [, start, time = "", request = "", status, bytes] = LINE.exec(line) ?? [];
  const atMs = parseLogTime(time);
  const client = start === undefined ? null : clientOf(start, clientField);
  if (client === null || atMs === null) return null;
  return {
    number,
    address: NOBODY.test(client) ? null : client,
    atMs,
    method: /^[A-Z]{1,16}(?= )/.exec(request)?.[0] ?? "-",
    status: Number(status),
    bytes: bytes === "-" ? 0 : Number(bytes),
    id: idOf(line, number),
  };
}

/** What a line has before its time, or null for one that is of neither format. */
export function startOfVisit(line: string): string | null {
  return LINE.exec(line)?.[1]?.trim() ?? null;
}

/**
 * Whose visit it is, by what a line has before its time: the first field, its first address where
 * it is a forwarded-for list, or the field after a virtual host. `clientField`: which field it is,
 * from 1. Null where that is not given and two fields could be it.
 */
function clientOf(start: string, clientField: number | undefined): string | null {
  const plain = clientField === undefined && PLAIN.exec(start)?.[1];
  if (plain) return plain.includes(":") ? (addressIn(plain) ?? plain) : plain;
  const fields = start.match(FIELD) ?? [];
  if (clientField !== undefined) {
    const named = fields[clientField - 1];
    return named === undefined ? null : (addressIn(named) ?? named);
  }
  const [first = "", second = "", third = ""] = fields;
  const [own, next] = [addressIn(first), addressIn(second)];
  const isList = first.includes(",");
  if (own !== null && (next === null || isList)) return own;
  const isHost = HOST_AND_PORT.test(first) || own === null;
  if (next !== null) return isHost ? next : null;
  // A virtual host, then a name; or a virtual host, nothing forwarded, and the peer.
  if (!HOST_AND_PORT.test(first) || fields.length < 4) return first;
  return second === "-" ? (addressIn(third) ?? first) : second;
}

/** The first address in a field that may be a list, without its port; null where there is none. */
function addressIn(field: string): string | null {
  for (const part of field.replaceAll('"', "").split(",")) {
    const text = part.trim();
    const [bare = text] = /^(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?$/
      .exec(text)
      ?.slice(1)
      .filter((found) => found !== undefined) ?? [text];
    if (isIP(bare) !== 0) return bare;
  }
  return null;
}

function numberedId(line: string, number: number): string {
  return `${number}-${createHash("sha256").update(line).digest("hex").slice(0, 16)}`;
}

function parseLogTime(text: string): number | null {
  const [, day, name = "", year, clock, hours, minutes] = TIME.exec(text) ?? [];
  const month = String(MONTHS.indexOf(name) + 1).padStart(2, "0");
  return parseTime(`${year}-${month}-${day}T${clock}${hours}:${minutes}`);
}

/** The visit again so many months later, on the same day or the month's last, with its own id. */
export function visitInMonth(visit: Visit, month: number): Visit {
  const at = new Date(visit.atMs);
  const [year, shifted] = [at.getUTCFullYear(), at.getUTCMonth() + month];
  const lastDay = new Date(Date.UTC(year, shifted + 1, 0)).getUTCDate();
  at.setUTCMonth(shifted, Math.min(at.getUTCDate(), lastDay));
  return { ...visit, atMs: at.getTime(), id: `${visit.id}-${month}` };
}

export const CALLS = "api_calls";
export const BYTES = "bytes_sent";

/** What a visit uses: one call, and the bytes that were sent. */
export function usageOf(visit: Visit): UsageItem[] {
  const { id, address, atMs, method, status } = visit;
  const timestamp = timeText(atMs);
  const item = (metric_name: string, quantity: number) => ({
    id: `${id}-${metric_name}`,
    metric_name,
    quantity,
    timestamp,
    ...(address === null ? {} : { user_id: address }),
    metadata: { method, status },
  });
  return [item(CALLS, 1), item(BYTES, visit.bytes)];
}

/** The line number in an id that `usageOf` made. */
export function lineOf(id: string): number {
  return Number.parseInt(id, 10);
}
