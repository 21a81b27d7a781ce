/**
 * What follows from usage outside its ledger: announcements and names of metrics, written into the
 * control database once the ledger has the usage. Run again it changes nothing. Owns the table
 * `usage_announced`, by which a control database that was set back is noticed.
 */
import type { DomainEvent } from "../../core/event.ts";
import { quantityJson } from "../../core/quantity.ts";
import { rowsOfValues } from "../../core/rows.ts";
import { announceAll } from "../../platform/queue/outbox.ts";
import type { Alert } from "../counter/terms.ts";
import { type Body, scannerOf, tuplesOf } from "../event/body.ts";
import type { LineTuple } from "../event/line.ts";
import { alertEvents } from "./alert.ts";

// Text, and built once: these follow every drain that announces something.
const READ_ANNOUNCED = "SELECT batches, up_to AS upTo FROM usage_announced WHERE tenant = ?";
const REGISTER_METRICS = `
  INSERT OR IGNORE INTO metrics (tenant, name, created_ms)
  SELECT ?1, value, ?2 FROM json_each(?3)
  WHERE NOT EXISTS (SELECT 1 FROM metrics WHERE tenant = '*' AND name = value)`;
/** A control database that was set back is marked once all that it lacks was announced again. */
const MARK_ANNOUNCED = `
  INSERT INTO usage_announced (tenant, batches, up_to) SELECT ?1, ?2, ?3
  WHERE coalesce((SELECT batches FROM usage_announced WHERE tenant = ?1), 0) >= ?4
  ON CONFLICT (tenant) DO UPDATE SET
    batches = max(batches, excluded.batches), up_to = max(up_to, excluded.up_to)`;

/** How many batches of a tenant the control database had, and the last sequence of the last one. */
export type Announced = { batches: number; upTo: number };

/** What follows from some lines. */
export type Following = {
  /** Names under which somebody recorded, and nobody declared. */
  metrics: readonly string[];
  /** Lines that take events back. */
  voids: readonly LineTuple[];
  alerts: readonly Alert[];
};

/** True where nothing is to be written outside the ledger. */
export function isQuiet({ metrics, voids, alerts }: Following): boolean {
  return metrics.length === 0 && voids.length === 0 && alerts.length === 0;
}

/** What lines that are in the ledger already say of names and voids. */
export function followingOf(
  bodies: readonly Body[],
  isKnown: (metric: string) => boolean,
): Omit<Following, "alerts"> {
  const metrics = new Set<string>();
  const voids: LineTuple[] = [];
  for (const body of bodies) {
    const lines = scannerOf(body);
    let hasVoids = false;
    while (lines.next()) {
      if (!metrics.has(lines.metric) && !isKnown(lines.metric)) metrics.add(lines.metric);
      hasVoids ||= lines.voids !== 0;
    }
    if (hasVoids) voids.push(...tuplesOf(body).filter((tuple) => tuple[8]));
  }
  return { metrics: [...metrics], voids };
}

/**
 * The batch for the control database. Its first statement answers what that had announced before,
 * an `Announced`, if anything; the last moves it to `next`, unless it had fewer than `after`.
 */
export function announceStatements(
  db: D1Database,
  tenant: string,
  { metrics, voids, alerts }: Following,
  { nowMs, after, next }: { nowMs: number; after: number; next: Announced },
): D1PreparedStatement[] {
  const events = [
    ...voids.map((tuple) => voidEvent(tenant, tuple, nowMs)),
    ...alerts.flatMap((alert) => alertEvents(tenant, alert)),
  ];
  return [
    db.prepare(READ_ANNOUNCED).bind(tenant),
    ...rowsOfValues(metrics).map((some) => db.prepare(REGISTER_METRICS).bind(tenant, nowMs, some)),
    ...announceAll(db, tenant, events),
    db.prepare(MARK_ANNOUNCED).bind(tenant, next.batches, next.upTo, after),
  ];
}

function voidEvent(tenant: string, tuple: LineTuple, atMs: number): DomainEvent {
  return {
    id: `news_${tenant}_void_${tuple[8]}`,
    tenant,
    type: "usage.corrected",
    atMs,
    body: {
      event_id: tuple[0],
      event_seq: tuple[8] ?? 0,
      metric_name: tuple[1],
      quantity: quantityJson(-BigInt(tuple[2])),
    },
  };
}
