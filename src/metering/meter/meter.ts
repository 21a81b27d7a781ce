/** How the Worker reaches a tenant's meter, and what it can ask. */
import { type Store, storeOf } from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { ownJurisdiction } from "../../platform/runtime/jurisdiction.ts";
import type { FrozenPart } from "../counter/frozen.ts";
import type { Alert, Count, Counter, Frozen, Terms } from "../counter/terms.ts";
import type { HalfStart, Start } from "../ledger/watermark.ts";
import type { Crossing } from "./batch.ts";
import type { Answer } from "./reply.ts";

/** Counts of some windows; where `next` is text there are more after it. */
export type Counts = { epoch: number; counts: Count[]; alerts: Alert[]; next: string | null };
/** Which counts are asked for; those of all windows and metrics unless named. */
export type CountsQuery = { windowIds?: string[]; metric?: string; after?: string };
/** Nothing was recorded: the tenant's budget is used up for so long. */
export type Throttled = { retryAfterMs: number };
/** Nothing was recorded: ledger and meter cannot be reconciled, for the reason given. */
export type Halted = { halted: string };

/** How a metric counts from a version of the catalogue on. */
export type CatalogueChange = { version: number; counter: Counter };

/** How much of its budgets a tenant uses, as the meter knows it. */
export type MeterUse = { metricNames: number; liveSockets: number };

/** A metric that nobody declared and no plan prices, with what the meter counts of it. */
export type UndeclaredUse = {
  metric: string;
  /** The known metric that may be meant. */
  meant: string | null;
  events: number;
  /** The quantities of its events, added up. */
  micro: string;
  lastMs: number;
};

/** What the ledger was seen to have of a tenant, and when. */
export type SeenStart = (Start | HalfStart) & { readMs: number };

/** How far the ledger is now, and which one it is. */
export type Drained = { upToSeq: number; ledger: number };

/** The methods of the object; every call names the tenant, whose name the object keeps. */
export interface Meter {
  /**
   * Resolves once every event of the batch is durable and counted, or refused. With a budget of
   * events a minute, first asks it as `admit` does. A meter that starts need not read what its
   * caller has `seen` of the ledger.
   */
  record(
    tenant: string,
    batch: Crossing,
    nowMs: number,
    eventsPerMinute?: number | null,
    seen?: SeenStart,
  ): Promise<Answer | Throttled | Halted>;
  /** `record` for one event: `single` is what `singleAsText` makes, which crosses at less cost. */
  recordSingle(single: string): Promise<Answer | Throttled | Halted>;
  /** Takes events that will come later from the budget; 0, or milliseconds to wait. */
  admit(n: number, eventsPerMinute: number): Promise<number>;
  /** Takes up the name of a metric that is declared; false where there is no room for it. */
  claimMetric(tenant: string, metric: string, most: number): Promise<boolean>;
  /** Metrics that nobody declared and no plan prices, of the periods that usage can reach. */
  undeclared(tenant: string, after: string | null, most: number): Promise<UndeclaredUse[]>;
  /** What it holds of the tenant's budgets now. */
  use(tenant: string): Promise<MeterUse>;
  /**
   * Terms not above the current epoch are a no-op. `recount` has their windows counted anew from
   * the ledger, as those that have begun must be. Returns the alerts that the change fired.
   */
  applyTerms(tenant: string, terms: Terms, nowMs: number, recount?: boolean): Promise<Alert[]>;
  /** Metering's own catalogue; a version not above the current one is a no-op. */
  applyMetrics(
    tenant: string,
    version: number,
    counters: Counter[],
    strict?: boolean,
  ): Promise<void>;
  /**
   * What some versions of it changed, a metric each; one not above the current version is a no-op.
   * False where the meter lacks another version before them, and has to be told all.
   */
  applyChanges(tenant: string, changes: CatalogueChange[]): Promise<boolean>;
  /** A page of live counts; late counts of frozen windows too. Alerts come with the first. */
  counts(tenant: string, asked?: CountsQuery): Promise<Counts>;
  /**
   * A part of the window's counts as of one sequence, which the ledger then has; the same each
   * time. The first part freezes the window, and says how many there are.
   */
  freeze(tenant: string, windowId: string, part?: number): Promise<FrozenPart>;
  /** Puts all that was acknowledged before this call into the ledger. */
  drain(tenant: string): Promise<Drained>;
  /** Says that the control database names another ledger for the tenant's usage. */
  moved(tenant: string): Promise<void>;
  /** The sequence of an event, or null where no kept identity knows it. */
  find(tenant: string, source: string, id: string): Promise<number | null>;
  /** Appends the line that takes event `seq` back; the same answer each time. */
  void(tenant: string, seq: number, line: string, nowMs: number): Promise<Voided>;
}

/** A meter, which can be ended. */
export interface ErasableObject extends Meter {
  /** Forgets all for good; from then on it records nothing and has nothing to show. */
  erase(tenant: string): Promise<void>;
}

/**
 * What opens a live socket: the caller's time, the last `live_seq` that it was sent, and how many
 * the tenant may have open.
 */
export type Opening = { nowMs: number; after: number | null; most: number };

export type Voided = { voidSeq: number; repeated: boolean };

/** True where nothing was recorded because the budget is used up. */
export function isThrottled(answer: Answer | Throttled | Halted): answer is Throttled {
  return typeof answer === "object" && "retryAfterMs" in answer;
}

/** True where nothing was recorded because recording is halted. */
export function isHalted(answer: Answer | Throttled | Halted): answer is Halted {
  return typeof answer === "object" && "halted" in answer;
}

/** The meter of a tenant. */
export function meterOf(env: Env, tenant: string): ErasableObject {
  const meters = metersOf(env, tenant);
  return meters.get(meters.idFromName(tenant)) as unknown as ErasableObject;
}

/** Where a tenant's meter runs: in the tenant's own jurisdiction, or in the installation's. */
export function metersOf(
  { METER, JURISDICTION }: Pick<Env, "METER" | "JURISDICTION">,
  tenant: string,
): DurableObjectNamespace {
  const where = ownJurisdiction(tenant) ?? JURISDICTION;
  if (!where) return METER;
  try {
    return METER.jurisdiction(where as DurableObjectJurisdiction);
  } catch (error) {
    // The runtime on one's own machine has none: its data are where the machine is.
    if (String(error).includes("not implemented in workerd")) return METER;
    throw error;
  }
}

/**
 * Puts all that was acknowledged before this call into the ledger; where that is, for reading it.
 */
export async function drained(env: Env, tenant: string): Promise<Store> {
  const { ledger } = await meterOf(env, tenant).drain(tenant);
  return storeOf(env, tenant, ledger);
}

/** All live counts that are asked for; where they take several calls, not all of one moment. */
export async function readCounts(
  env: Env,
  tenant: string,
  asked: Omit<CountsQuery, "after"> = {},
): Promise<Count[]> {
  const meter = meterOf(env, tenant);
  const all: Count[][] = [];
  for (let after: string | undefined; ; ) {
    const { counts, next } = await meter.counts(
      tenant,
      after === undefined ? asked : { ...asked, after },
    );
    all.push(counts);
    if (next === null) return all.flat();
    after = next;
  }
}

/** Freezes a window; all its counts, the same each time. */
export async function freezeWindow(env: Env, tenant: string, windowId: string): Promise<Frozen> {
  const meter = meterOf(env, tenant);
  const { upToSeq, parts, counts } = await meter.freeze(tenant, windowId);
  const all = [counts];
  for (let part = 1; part < parts; part++) {
    all.push((await meter.freeze(tenant, windowId, part)).counts);
  }
  return { upToSeq, counts: all.flat() };
}

/**
 * The meter's end of a WebSocket, as the answer to an upgrade; 429 where the tenant has as many as
 * it may, 503 where those that it has read too slowly for one more.
 */
export function openSocket(env: Env, tenant: string, opening: Opening): Promise<Response> {
  const query = new URLSearchParams({ tenant, opening: JSON.stringify(opening) });
  const meters = metersOf(env, tenant);
  const meter = meters.get(meters.idFromName(tenant));
  const upgrade = { headers: { Upgrade: "websocket" } };
  return meter.fetch(`https://meter.local/?${query}`, upgrade) as unknown as Promise<Response>;
}
