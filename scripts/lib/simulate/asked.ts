/** The installation that a command line asks for. Pure. */
import type { Installation } from "./estimate.ts";

type Asked = {
  about: string;
  value: string;
  default: string;
  least: number;
  most: number;
  whole: boolean;
};

/** What can be asked, with what it is unless it is said. */
export const ASKED = {
  tenants: count("how many tenants there are", "100000", 1, 10_000_000),
  "events-per-day": count("of all tenants; 1e10 is a number, too", "1e10", 0, 1e15),
  batch: count("events of a request at most", "1000", 1, 5_000),
  "wait-seconds": part("how long a sender collects events for a request", "1", 0, 86_400),
  largest: part("the share of all events that the largest tenant has, in percent", "0.1", 0, 100),
  peak: part("the busiest seconds as a multiple of the day's mean", "3", 1, 1_000),
  documents: part("invoices of a tenant in a month", "10", 0, 1e6),
  alerts: part("alerts of a tenant in a month", "5", 0, 1e6),
  webhooks: part("deliveries of each document and alert", "1", 0, 20),
  emails: part("e-mails of each document", "1", 0, 100),
  "retention-days": part("how long events are kept", "400", 1, 36_500),
  ledgers: count("ledger databases that there are", "1", 1, 1_000_000),
  "drain-ms": part(
    "what a drain takes of D1, where it was measured there; 0: the bench's",
    "0",
    0,
    60_000,
  ),
} as const satisfies Record<string, Asked>;

type Name = keyof typeof ASKED;

function count(about: string, standard: string, least: number, most: number): Asked {
  return { about, value: "N", default: standard, least, most, whole: true };
}

function part(about: string, standard: string, least: number, most: number): Asked {
  return { about, value: "X", default: standard, least, most, whole: false };
}

/** The installation. Errors: a plain sentence for a value that is no such number. */
export function installationOf(values: Readonly<Partial<Record<Name, string>>>): Installation {
  const number = (name: Name): number => {
    const { least, most, whole, default: standard } = ASKED[name];
    const text = values[name] ?? standard;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    const isRight = value >= least && value <= most && (!whole || Number.isInteger(value));
    if (isRight) return value;
    const what = whole ? "a whole number" : "a number";
    throw new Error(`--${name} takes ${what} from ${least} to ${most.toLocaleString("en")}`);
  };
  return {
    tenants: number("tenants"),
    eventsPerDay: number("events-per-day"),
    batch: number("batch"),
    waitSeconds: number("wait-seconds"),
    largest: number("largest") / 100,
    peak: number("peak"),
    documents: number("documents"),
    alerts: number("alerts"),
    webhooks: number("webhooks"),
    emails: number("emails"),
    retentionDays: number("retention-days"),
    ledgers: number("ledgers"),
    drainMs: number("drain-ms") || null,
  };
}
