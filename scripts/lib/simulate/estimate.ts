/**
 * What an installation needs and costs in a month of 30 days, from measured constants, list prices
 * and what the platform carries. Pure. Quantities are rounded up to whole ones before they are
 * priced; money is integers of micro-USD.
 */
import type { Constants } from "./constants.ts";
import { CAPACITY, CAPACITY_NAMES, type CapacityName } from "./limit.ts";
import { costMicro, EMAIL_PRICE, PRICE_NAMES, PRICES, type PriceName } from "./price.ts";
import { shares } from "./spread.ts";
import { type Flow, flowOf, GATHER_SECONDS, quartersADay } from "./tenant.ts";

export type Installation = {
  tenants: number;
  eventsPerDay: number;
  /** Events a request at most, and how long a sender waits for them. */
  batch: number;
  waitSeconds: number;
  /** The share of all events that the largest tenant has. */
  largest: number;
  /** The busiest seconds, as a multiple of the day's mean. */
  peak: number;
  /** A month, of each tenant. */
  documents: number;
  alerts: number;
  /** Deliveries of each alert and document, and e-mails of each document. */
  webhooks: number;
  emails: number;
  retentionDays: number;
  ledgers: number;
  /** What a drain takes of D1 where it was measured on the platform; else the bench's. */
  drainMs: number | null;
};

export type Line = {
  component: string;
  of: string;
  quantity: bigint;
  /** Micro-USD a month. */
  microUsd: bigint;
};

export type Need = {
  name: CapacityName;
  of: string;
  needed: number;
  most: number;
  unit: string;
  /** Above 1 it is met. */
  times: number;
  raise: string;
};

export type Estimate = {
  lines: Line[];
  totalMicroUsd: bigint;
  emails: Line;
  /** The one that is nearest to what the platform allows, or furthest beyond it, first. */
  needs: Need[];
  first: Need;
  ledgersNeeded: number;
  /** Tenants whose identities exceed an isolate's memory. */
  tenantsTooLarge: number;
  largestPerSecond: number;
  drainsPerSecondAtPeak: number;
};

const DAY_SECONDS = 86_400;
const MONTH_DAYS = 30;
const MONTH_SECONDS = MONTH_DAYS * DAY_SECONDS;
const MONTHS_A_YEAR = 12;
/** How long the product keeps them: identities, logs, and segments before they move into files. */
const ID_DAYS = 36;
const LOG_DAYS = 7;
const COMPACT_DAYS = 3;
const SLICE_SEGMENT = 2_000;
const FILE_BYTES = 1_000_000;
const FILE_SEGMENTS = 200;
/** What the platform bills an object's time by: 128 MB. */
const OBJECT_GB = 0.128;
/** Writing, reading and deleting a message. */
const OPERATIONS_A_MESSAGE = 3;
/** An invoice is made, finalized and read. */
const REQUESTS_A_DOCUMENT = 3;
/** Closing a period each month, and looking each day after what can be compacted. */
const DUE_A_MONTH = 1 + MONTH_DAYS;

/** Estimates it. */
export function estimate(of: Installation, constants: Constants): Estimate {
  const usage = usageOf(of, constants);
  const quantities = monthly(of, constants, usage);
  const lines = PRICE_NAMES.map((name): Line => line(quantities[name], PRICES[name]));
  const needs = needsOf(of, constants, usage);
  const [first] = needs;
  if (!first) throw new Error("no limit is looked at");
  return {
    lines,
    totalMicroUsd: lines.reduce((sum, { microUsd }) => sum + microUsd, 0n),
    emails: line(of.tenants * of.documents * of.emails, EMAIL_PRICE),
    needs,
    first,
    ledgersNeeded: Math.max(
      1,
      Math.ceil(usage.peakWriterMs / CAPACITY.ledgerWriter.most),
      Math.ceil(usage.ledgerBytes / CAPACITY.ledgerStorage.most),
    ),
    tenantsTooLarge: usage.tooLarge,
    largestPerSecond: (usage.largestShare * of.eventsPerDay) / DAY_SECONDS,
    drainsPerSecondAtPeak: usage.peakDrains,
  };
}

function line(quantity: number, price: (typeof PRICES)[PriceName] | typeof EMAIL_PRICE): Line {
  const whole = BigInt(Math.ceil(quantity));
  const { component, of } = price;
  return { component, of, quantity: whole, microUsd: costMicro(whole, price) };
}

/** Sums over all tenants. */
type Usage = {
  largestShare: number;
  /** Of a second at the day's mean. */
  requests: number;
  cpuUs: number;
  objectRows: number;
  alarms: number;
  drainRows: number;
  drainReads: number;
  objectSeconds: number;
  files: number;
  /** Kept by all, and by the largest tenant, in the ledgers. */
  ledgerBytes: number;
  largestLedgerBytes: number;
  bodyBytesPerSecond: number;
  /** Of a second at the peak. */
  peakDrains: number;
  peakWriterMs: number;
  /** Tenants with more identities than an isolate's memory takes. */
  tooLarge: number;
};

function usageOf(of: Installation, constants: Constants): Usage {
  const usage: Usage = {
    largestShare: 0,
    requests: 0,
    cpuUs: 0,
    objectRows: 0,
    alarms: 0,
    drainRows: 0,
    drainReads: 0,
    objectSeconds: 0,
    files: 0,
    ledgerBytes: 0,
    largestLedgerBytes: 0,
    bodyBytesPerSecond: 0,
    peakDrains: 0,
    peakWriterMs: 0,
    tooLarge: 0,
  };
  for (const share of shares(of.tenants, of.largest)) {
    addTenant(usage, of, constants, share);
  }
  return usage;
}

function addTenant(usage: Usage, of: Installation, c: Constants, share: number): void {
  const perSecond = (share * of.eventsPerDay) / DAY_SECONDS;
  const flow = flowOf(perSecond, of);
  const full = fullness(flow, c);
  const cpuUs = cpuOf(flow, perSecond, c);
  usage.largestShare = Math.max(usage.largestShare, share);
  usage.requests += flow.requests;
  usage.cpuUs += cpuUs;
  usage.objectRows +=
    flow.requests * c.object_rows_per_commit +
    perSecond * c.object_rows_per_event +
    flow.drains * between(c.object_rows_per_small_drain, c.object_rows_per_full_drain, full);
  usage.alarms +=
    flow.drains * between(c.object_alarms_per_small_drain, c.object_alarms_per_full_drain, full);
  usage.drainRows +=
    flow.drains * between(c.d1_rows_per_small_drain, c.d1_rows_per_full_drain, full);
  usage.drainReads += flow.drains * c.d1_read_per_small_drain;
  // An object that is never idle is billed for the whole second.
  const drainSeconds = GATHER_SECONDS + drainMsOf(of, c, full) / 1_000;
  usage.objectSeconds += Math.min(1, cpuUs / 1e6 + flow.drains * drainSeconds);
  addKept(usage, of, c, { perSecond, flow });
  const atPeak = flowOf(perSecond * of.peak, of);
  usage.peakDrains += atPeak.drains;
  usage.peakWriterMs += atPeak.drains * drainMsOf(of, c, fullness(atPeak, c));
  const idBytes = perSecond * DAY_SECONDS * ID_DAYS * c.object_filter_bytes;
  if (idBytes > CAPACITY.objectMemory.most) usage.tooLarge++;
}

/** What a tenant has in its ledger and in files. */
function addKept(
  usage: Usage,
  of: Installation,
  c: Constants,
  { perSecond, flow }: { perSecond: number; flow: Flow },
): void {
  const segments = flow.drains * Math.max(1, flow.drained / SLICE_SEGMENT);
  const bodies =
    perSecond * c.segment_bytes_per_event +
    segments * Math.max(0, c.segment_bytes_of_one - c.segment_bytes_per_event);
  const rows = segments * c.d1_bytes_per_segment + perSecond * c.d1_bytes_per_event;
  const rollups = quartersADay(flow.requests) * c.d1_bytes_per_rollup;
  const bytes =
    of.retentionDays * (rows * DAY_SECONDS + rollups) +
    Math.min(COMPACT_DAYS, of.retentionDays) * DAY_SECONDS * bodies;
  usage.bodyBytesPerSecond += bodies;
  usage.files += Math.max(bodies / FILE_BYTES, segments / FILE_SEGMENTS);
  usage.ledgerBytes += bytes;
  usage.largestLedgerBytes = Math.max(usage.largestLedgerBytes, bytes);
}

/** How much of a full drain one is, 0 for a single event. */
function fullness({ drained }: Flow, { events_per_full_drain: most }: Constants): number {
  return Math.min(1, Math.max(0, drained - 1) / Math.max(1, most - 1));
}

function between(small: number, full: number, part: number): number {
  return small + (full - small) * part;
}

function drainMsOf({ drainMs }: Installation, c: Constants, full: number): number {
  const { d1_ms_per_small_drain: small, d1_ms_per_full_drain: most } = c;
  return drainMs ?? between(small, Math.max(small, most), full);
}

/** A second's CPU: of events by the size of their requests, and of drains beyond full ones. */
function cpuOf({ batched, drains }: Flow, perSecond: number, c: Constants): number {
  const small = Math.max(0, drains - perSecond / Math.max(1, c.events_per_full_drain));
  return perSecond * cpuPerEvent(batched, c) + small * c.cpu_us_per_small_drain;
}

/** By lines between what requests of the measured sizes cost. */
export function cpuPerEvent(batched: number, c: Constants): number {
  const points = [
    [1, c.cpu_us_per_event_1],
    [100, c.cpu_us_per_event_100 * 100],
    [1_000, c.cpu_us_per_event_1000 * 1_000],
    [5_000, c.cpu_us_per_event_5000 * 5_000],
  ] as const;
  for (const [i, [size, cost]] of points.slice(1).entries()) {
    const [from, below] = points[i] ?? points[0];
    if (batched <= size) {
      return (below + ((cost - below) * (batched - from)) / (size - from)) / batched;
    }
  }
  return c.cpu_us_per_event_5000;
}

function monthly(of: Installation, c: Constants, usage: Usage): Record<PriceName, number> {
  const documents = of.tenants * of.documents;
  const alerts = of.tenants * of.alerts;
  const deliveries = (documents + alerts) * of.webhooks;
  const due = of.tenants * DUE_A_MONTH;
  const events = (of.eventsPerDay / DAY_SECONDS) * MONTH_SECONDS;
  const messages =
    alerts * c.messages_per_alert +
    documents * c.messages_per_document +
    deliveries * c.messages_per_webhook +
    documents * of.emails +
    due * c.messages_per_due_row;
  const alarms = usage.alarms * MONTH_SECONDS;
  const requests = usage.requests * MONTH_SECONDS + alerts;
  const cpuUs =
    usage.cpuUs * MONTH_SECONDS +
    alerts * c.cpu_us_per_alert +
    documents * c.cpu_us_per_document +
    deliveries * c.cpu_us_per_webhook +
    due * c.cpu_us_per_due_row;
  const fileDays = Math.max(0, of.retentionDays - COMPACT_DAYS);
  return {
    // A message counts as a request: batches of them make fewer.
    workersRequests: requests + documents * REQUESTS_A_DOCUMENT + messages,
    workersCpuMs: cpuUs / 1_000,
    objectRequests: requests + alarms,
    objectRows: usage.objectRows * MONTH_SECONDS + alarms + alerts * c.object_rows_per_alert,
    objectGbSeconds: usage.objectSeconds * MONTH_SECONDS * OBJECT_GB,
    objectBytes: of.tenants * c.object_base_bytes + of.eventsPerDay * objectBytesPerDaily(c),
    d1Written:
      usage.drainRows * MONTH_SECONDS +
      events * c.d1_rows_per_event +
      alerts * c.d1_rows_per_alert +
      documents * c.d1_rows_per_document +
      deliveries * c.d1_rows_per_webhook +
      due * c.d1_rows_per_due_row,
    d1Read: usage.drainReads * MONTH_SECONDS + documents * c.d1_read_per_document,
    d1LedgerBytes: usage.ledgerBytes,
    d1ControlBytes: controlBytes(of, c),
    r2Writes: usage.files * MONTH_SECONDS + documents * c.r2_writes_per_document,
    r2Reads: documents * c.r2_reads_per_document,
    r2Bytes:
      usage.bodyBytesPerSecond * DAY_SECONDS * fileDays +
      documents * MONTHS_A_YEAR * c.r2_bytes_per_document,
    queueOperations: messages * OPERATIONS_A_MESSAGE,
  };
}

/** Bytes in objects for each event a day. */
function objectBytesPerDaily(c: Constants): number {
  return ID_DAYS * c.object_id_bytes + LOG_DAYS * c.object_log_bytes;
}

/** After a year: documents are kept. */
function controlBytes({ tenants, documents }: Installation, c: Constants): number {
  return tenants * documents * MONTHS_A_YEAR * c.d1_bytes_per_document;
}

function needsOf(of: Installation, c: Constants, usage: Usage): Need[] {
  const largest = usage.largestShare * of.eventsPerDay;
  const atPeak = (largest / DAY_SECONDS) * of.peak;
  const peakFlow = flowOf(atPeak, of);
  const peakOf = (aMonth: number) => (of.tenants * aMonth * of.peak) / MONTH_SECONDS;
  const announced = of.alerts * c.messages_per_alert + of.documents * c.messages_per_document;
  const delivered = (of.alerts + of.documents) * of.webhooks * c.messages_per_webhook;
  const control = controlBytes(of, c);
  const needed: Record<CapacityName, number> = {
    objectMemory: largest * ID_DAYS * c.object_filter_bytes,
    objectStorage: c.object_base_bytes + largest * objectBytesPerDaily(c),
    objectRequests: peakFlow.requests,
    objectCpu: cpuOf(peakFlow, atPeak, c),
    ledgerWriter: usage.peakWriterMs / of.ledgers,
    ledgerStorage: usage.ledgerBytes / of.ledgers,
    largestTenantLedger: usage.largestLedgerBytes,
    ledgersOfAccount: usage.ledgerBytes + control,
    controlStorage: control,
    newsQueue: peakOf(announced),
    deliveryQueue: peakOf(delivered),
  };
  return CAPACITY_NAMES.map((name): Need => {
    const { of: what, most, unit, raise } = CAPACITY[name];
    return {
      name,
      of: what,
      needed: needed[name],
      most,
      unit,
      times: needed[name] / most,
      raise,
    };
  }).toSorted((a, b) => b.times - a.times);
}
