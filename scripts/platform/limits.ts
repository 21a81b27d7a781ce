/**
 * What the platform allows, at its real byte counts, for the checks around the bindings. A test
 * stands beside each in test/limits; ARCHITECTURE.md ("What is bounded") says where the product
 * stays. Sources are the pages of November 2026 on developers.cloudflare.com.
 */
import { logError } from "../../src/platform/runtime/log.ts";

export type Limit = {
  /** What is counted, as an error names it. */
  of: string;
  most: number;
  unit: "bytes" | "parameters" | "arguments" | "columns" | "queries" | "messages" | "keys";
  /** The page that states it. */
  source: string;
  /** True where the runtime on this machine refuses it, too. */
  local: boolean;
};

const D1 = "d1/platform/limits";
const OBJECT = "durable-objects/platform/limits";
const QUEUE = "queues/platform/limits";
const R2 = "r2/platform/limits";

export const LIMITS = {
  /** A string, a BLOB, or a row with its keys; the local runtime takes any. */
  row: { of: "a row or value", most: 2_000_000, unit: "bytes", source: D1, local: false },
  statement: { of: "a statement", most: 100_000, unit: "bytes", source: D1, local: true },
  parameters: { of: "a statement", most: 100, unit: "parameters", source: D1, local: true },
  /** The local runtime takes 127. */
  arguments: { of: "a SQL function", most: 32, unit: "arguments", source: D1, local: false },
  columns: { of: "a table", most: 100, unit: "columns", source: D1, local: true },
  pattern: { of: "a LIKE or GLOB pattern", most: 50, unit: "bytes", source: D1, local: true },
  /**
   * The page names it as a limit of subrequests, of which a batch is one. It does not say how many
   * statements a batch may have: the check refuses one that has more than an invocation's queries.
   */
  queries: { of: "an invocation", most: 1_000, unit: "queries", source: D1, local: false },
  result: { of: "a query's result", most: 50_000_000, unit: "bytes", source: D1, local: false },
  objectRow: { of: "a row or value", most: 2_000_000, unit: "bytes", source: OBJECT, local: false },
  /** The page states 32 MiB for received messages, and nothing for those that are sent. */
  frame: {
    of: "a WebSocket message",
    most: 33_554_432,
    unit: "bytes",
    source: OBJECT,
    local: false,
  },
  rpc: {
    of: "arguments or an answer of a call",
    most: 33_554_432,
    unit: "bytes",
    source: "workers/runtime-apis/rpc",
    local: true,
  },
  /** A kilobyte has 1,000 bytes there, and about 100 bytes of metadata count too. */
  message: { of: "a queue's message", most: 128_000, unit: "bytes", source: QUEUE, local: true },
  sendBatch: { of: "a queue's batch", most: 100, unit: "messages", source: QUEUE, local: true },
  sendBytes: { of: "a queue's batch", most: 256_000, unit: "bytes", source: QUEUE, local: true },
  key: { of: "a key of R2", most: 1_024, unit: "bytes", source: R2, local: true },
  metadata: { of: "metadata in R2", most: 8_192, unit: "bytes", source: R2, local: true },
  /** R2's delete in the Workers API; the local runtime takes more. */
  deletion: {
    of: "a deletion in R2",
    most: 1_000,
    unit: "keys",
    source: "r2/api/workers/workers-api-reference",
    local: false,
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** What went over a limit, or a statement that no index serves: what, the size, and where. */
export class Breach extends Error {
  override name = "Breach";
  readonly limit: LimitName | "plan";

  constructor(limit: LimitName | "plan", message: string) {
    super(message);
    this.limit = limit;
  }
}

/** Breaches since somebody looked: code that goes on after an error hides none from a test. */
let noted: Breach[] = [];

/** Says that a limit was broken. */
export function breach(limit: LimitName, size: number, where: string): Breach {
  const { of, most, unit } = LIMITS[limit];
  const said = `${of} has ${size} ${unit}, ${most} are the most: ${inShort(where)}`;
  return note(new Breach(limit, `platform limit ${limit}: ${said}`));
}

/** Says that a statement reads more than it answers. */
export function unserved(fault: string, statement: string): void {
  note(new Breach("plan", `no index serves it (${fault}): ${inShort(statement)}`));
}

function inShort(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 300);
}

function note(broken: Breach): Breach {
  noted.push(broken);
  logError({ at: "platform", error: broken });
  return broken;
}

/** The breaches since the last call. */
export function takeBreaches(): Breach[] {
  const taken = noted;
  noted = [];
  return taken;
}

/** Errors: `Breach` where `size` is above the limit. */
export function insistWithin(limit: LimitName, size: number, where: string): void {
  if (size > LIMITS[limit].most) throw breach(limit, size, where);
}
