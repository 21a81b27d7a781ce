/**
 * A web server's access log as usage: the Common and the Combined format of the Apache HTTP server
 * (mod_log_config), a line a request. Pure.
 */
import { createHash } from "node:crypto";
import { parseTime, timeText } from "../../src/core/time.ts";

export type Visit = {
  /** The line's number in its file, from 1. */
  number: number;
  address: string;
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
  user_id: string;
  metadata: Record<string, string | number>;
};

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

// host ident user [time] "request" status bytes; what Combined adds after it is not needed here.
const LINE = /^(\S+) \S+ .*?\[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?: |$)/;
const TIME = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/;

/** The visit in a line, or null for a line of neither format; its id by content and number. */
export function parseVisit(
  line: string,
  number: number,
  idOf: (line: string, number: number) => string = numberedId,
): Visit | null {
  const [, address, time = "", request = "", status, bytes] = LINE.exec(line) ?? [];
  const atMs = parseLogTime(time);
  if (address === undefined || atMs === null) return null;
  return {
    number,
    address,
    atMs,
    method: /^[A-Z]{1,16}(?= )/.exec(request)?.[0] ?? "-",
    status: Number(status),
    bytes: bytes === "-" ? 0 : Number(bytes),
    id: idOf(line, number),
  };
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
    user_id: address,
    metadata: { method, status },
  });
  return [item(CALLS, 1), item(BYTES, visit.bytes)];
}

/** The line number in an id that `usageOf` made. */
export function lineOf(id: string): number {
  return Number.parseInt(id, 10);
}
