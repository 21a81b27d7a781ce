/**
 * The outbox: an announcement is a row written in the batch that made it true; `relay` hands new
 * rows to the queue at least once. Owns the table `outbox`.
 */
import { and, asc, eq, gt, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { type AnnouncedEvent, type DomainEvent, parseEvent } from "../../core/event.ts";
import { rowsOfValues } from "../../core/rows.ts";
import { MINUTE_MS } from "../../core/time.ts";
import { eachOf, orm, statement } from "../db/db.ts";
import { anyRow, columnNames, renderedSql, sqlStatement } from "../db/sql.ts";
import { outbox } from "../db/table.ts";
import type { Job } from "../runtime/env.ts";

type Field = keyof DomainEvent;

function insertion(event: Record<Field, unknown>): SQL {
  const { id, tenant, outboxSeq, type, atMs, body } = outbox;
  const last = sql`SELECT max(${outboxSeq}) FROM ${outbox} WHERE ${tenant} = ${event.tenant}`;
  return sql`
    INSERT INTO ${outbox} (${columnNames(id, tenant, outboxSeq, type, atMs, body)})
    SELECT ${event.id}, ${event.tenant}, coalesce((${last}), 0) + 1, ${event.type}, ${event.atMs},
           ${event.body}
    WHERE NOT EXISTS (SELECT 1 FROM ${outbox} WHERE ${id} = ${event.id})`;
}

// Stands in nearly every write's batch: rendered once.
const ANNOUNCE = renderedSql<Field>(
  insertion({
    id: sql.placeholder("id"),
    tenant: sql.placeholder("tenant"),
    type: sql.placeholder("type"),
    atMs: sql.placeholder("atMs"),
    body: sql.placeholder("body"),
  }),
);

/** The statement that announces an event; the same id twice is a no-op. */
export function announce(db: D1Database, event: DomainEvent): D1PreparedStatement {
  return ANNOUNCE(db, { ...event, body: JSON.stringify(event.body) });
}

function insertionOfMany(): SQL {
  const { id, tenant, outboxSeq, type, atMs, body } = outbox;
  const [owner, events] = [sql.placeholder("tenant"), sql.placeholder("events")];
  const last = sql`SELECT max(${outboxSeq}) FROM ${outbox} WHERE ${tenant} = ${owner}`;
  return sql`
    INSERT INTO ${outbox} (${columnNames(id, tenant, outboxSeq, type, atMs, body)})
    SELECT each.value->>0, ${owner}, coalesce((${last}), 0) + row_number() OVER (ORDER BY each.key),
           each.value->>1, each.value->>2, each.value->>3
    FROM json_each(${events}) AS each
    WHERE NOT EXISTS (SELECT 1 FROM ${outbox} WHERE ${id} = each.value->>0)`;
}

const ANNOUNCE_ALL = renderedSql<"tenant" | "events">(insertionOfMany());

/**
 * The statements that announce any number of a tenant's events in their order: as `announce` does,
 * but a batch with thousands of them has few statements.
 */
export function announceAll(
  db: D1Database,
  tenant: string,
  events: Iterable<Omit<DomainEvent, "tenant">>,
): D1PreparedStatement[] {
  const rows = new Map<string, unknown[]>();
  for (const { id, type, atMs, body } of events) {
    if (!rows.has(id)) rows.set(id, [id, type, atMs, JSON.stringify(body)]);
  }
  return rowsOfValues(rows.values()).map((some) => ANNOUNCE_ALL(db, { tenant, events: some }));
}

/**
 * As `announce`, with a body that its batch makes (a number that was just allotted): `body` is a
 * query of one JSON text.
 */
export function announceFrom(
  db: D1Database,
  event: Omit<DomainEvent, "body">,
  body: SQL,
): D1PreparedStatement {
  return sqlStatement(db, insertion({ ...event, body: sql`(${body})` }));
}

const RELAY_BATCH = 100; // a queue's sendBatch takes at most 100 messages
/** Announcements of a tenant in the queue: the others' never wait for more than these. */
export const RELAY_WINDOW = 50;
/** What was relayed before is counted no longer: its handling failed, and waits to come again. */
const IN_QUEUE_MS = 2 * MINUTE_MS;
/** What one call sends at most, in batches; the next one goes on. */
const RELAY_BATCHES = 100;

const WAITS = sql`${outbox.relayedMs} IS NULL`;
const IS_UNHANDLED = sql`${outbox.handledMs} IS NULL AND ${outbox.relayedMs} IS NOT NULL`;
const FIRST_TENANT = sql`SELECT min(${outbox.tenant}) FROM ${outbox} WHERE ${WAITS}`;
const oldest = alias(outbox, "oldest");

/** From tenant to tenant by the index of what waits; of each the oldest that its window takes. */
const NEXT_TO_RELAY = renderedSql<"sinceMs">(sql`
  WITH RECURSIVE
  walk(tenant) AS (
    SELECT (${FIRST_TENANT})
    UNION ALL SELECT (${FIRST_TENANT} AND ${outbox.tenant} > walk.tenant)
    FROM walk WHERE walk.tenant IS NOT NULL),
  tenants(tenant, flying) AS (
    SELECT tenant, (SELECT count(*) FROM ${outbox}
                    WHERE ${IS_UNHANDLED} AND ${outbox.tenant} = walk.tenant
                      AND ${outbox.relayedMs} > ${sql.placeholder("sinceMs")})
    FROM walk WHERE tenant IS NOT NULL),
  waiting(id, tenant, at, turn) AS (
    SELECT ${oldest.id}, ${oldest.tenant}, ${oldest.atMs}, tenants.flying
           + row_number() OVER (PARTITION BY ${oldest.tenant} ORDER BY ${oldest.outboxSeq})
    FROM tenants JOIN ${outbox} AS ${oldest} ON ${oldest.id} IN (
      SELECT ${outbox.id} FROM ${outbox}
      WHERE ${WAITS} AND ${outbox.tenant} = tenants.tenant
      ORDER BY ${outbox.outboxSeq} LIMIT ${RELAY_WINDOW}))
  SELECT id, tenant FROM waiting WHERE turn <= ${RELAY_WINDOW}
  ORDER BY turn, at LIMIT ${RELAY_BATCH}`);

/** A query that answers a row where announcements wait to be relayed. */
export function waitingToRelay(db: D1Database): D1PreparedStatement {
  return ANY_TO_RELAY(db, {});
}

const ANY_TO_RELAY = renderedSql<never>(sql`SELECT 1 FROM ${outbox} WHERE ${WAITS} LIMIT 1`);

/**
 * Sends announcements that were not sent yet, the tenants by turns; returns how many. Called by
 * whoever commits an outbox row or has handled one, and by the minute's sweep. A crash between send
 * and mark sends twice: consumers are idempotent by the announcement's id.
 */
export async function relay(db: D1Database, queue: Queue<Job>, nowMs: number): Promise<number> {
  let sent = 0;
  for (let batch = 0; batch < RELAY_BATCHES; batch++) {
    const next = NEXT_TO_RELAY(db, { sinceMs: nowMs - IN_QUEUE_MS });
    const { results: waiting } = await next.all<{ id: string; tenant: string }>();
    if (waiting.length === 0) return sent;
    await queue.sendBatch(
      waiting.map(({ id, tenant }) => ({ body: { kind: "news" as const, tenant, id } })),
    );
    const ids = waiting.map(({ id }) => id);
    await orm(db)
      .update(outbox)
      .set({ relayedMs: nowMs })
      .where(inArray(outbox.id, eachOf(ids)));
    sent += waiting.length;
    if (waiting.length < RELAY_BATCH) return sent;
  }
  return sent;
}

/** The statement that says that all that follows from an announcement was made, the first time. */
export function markHandled(db: D1Database, id: string, nowMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(outbox)
    .set({ handledMs: nowMs })
    .where(and(eq(outbox.id, id), isNull(outbox.handledMs)));
  return statement(db, query);
}

/** Whether an announcement waits to be relayed, or was relayed and may be lost. */
export function anyOpen(): SQL {
  const open = anyRow(sql`FROM ${outbox} WHERE ${outbox.handledMs} IS NULL`);
  return sql`(${anyRow(sql`FROM ${outbox} WHERE ${WAITS}`)} OR ${open})`;
}

/** Longer than the queue's own retries take together. */
const HANDLING_MS = 15 * MINUTE_MS;

/** Has what was relayed long ago and never handled relayed again: the queue lost it. */
export function reclaimEvents(db: D1Database, nowMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(outbox)
    .set({ relayedMs: null })
    .where(and(isNull(outbox.handledMs), lt(outbox.relayedMs, nowMs - HANDLING_MS)));
  return statement(db, query);
}

const EVENT_COLUMNS = {
  id: outbox.id,
  tenant: outbox.tenant,
  outboxSeq: outbox.outboxSeq,
  type: outbox.type,
  atMs: outbox.atMs,
  bodyJson: outbox.body,
};

/** A tenant's event by its id, or null. */
export async function readAnnounced(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<AnnouncedEvent | null> {
  const [row] = await selectAnnounced(db, sql`${tenant}`, sql`${id}`);
  return row ? parseEvent(row) : null;
}

/** The query of a tenant's event by its id, both as SQL; `parseEvent` reads its row. */
export function selectAnnounced(db: D1Database, tenant: SQL, id: SQL) {
  return orm(db)
    .select(EVENT_COLUMNS)
    .from(outbox)
    .where(and(eq(outbox.id, id), eq(outbox.tenant, tenant)));
}

/** At most `limit` of a tenant's events after an `outboxSeq`, in their order. */
export async function listAnnounced(
  db: D1Database,
  tenant: string,
  afterSeq: number,
  limit: number,
): Promise<AnnouncedEvent[]> {
  const rows = await orm(db)
    .select(EVENT_COLUMNS)
    .from(outbox)
    .where(and(eq(outbox.tenant, tenant), gt(outbox.outboxSeq, afterSeq)))
    .orderBy(asc(outbox.outboxSeq))
    .limit(limit);
  return rows.map(parseEvent);
}
