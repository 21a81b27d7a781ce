/**
 * The outbox: an announcement is a row written in the batch that made it true; `relay` hands new
 * rows to the queue at least once. Owns the table `outbox`.
 */
import { type AnnouncedEvent, type DomainEvent, parseEvent } from "../../core/event.ts";
import { MINUTE_MS } from "../../core/time.ts";
import type { Job } from "../runtime/env.ts";

// The body is ?5, or an expression over ?5 and later parameters.
const announceSql = (body: string) => `
INSERT INTO outbox (id, tenant, news_seq, type, at_ms, body)
SELECT ?1, ?2, coalesce((SELECT max(news_seq) FROM outbox WHERE tenant = ?2), 0) + 1, ?3, ?4,
       ${body}
WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE id = ?1)`;
const ANNOUNCE = announceSql("?5");

/** The statement that announces an event; the same id twice is a no-op. */
export function announce(db: D1Database, event: DomainEvent): D1PreparedStatement {
  const body = JSON.stringify(event.body);
  return db.prepare(ANNOUNCE).bind(event.id, event.tenant, event.type, event.atMs, body);
}

/**
 * As `announce`, with a body that its batch makes (a number that was just allotted): `body` is an
 * SQL expression of JSON text whose parameters are ?5, ?6 and so on.
 */
export function announceFrom(
  db: D1Database,
  event: Omit<DomainEvent, "body">,
  body: string,
  ...params: (string | number)[]
): D1PreparedStatement {
  const { id, tenant, type, atMs } = event;
  return db.prepare(announceSql(`(${body})`)).bind(id, tenant, type, atMs, ...params);
}

const RELAY_BATCH = 100; // a queue's sendBatch takes at most 100 messages

type Waiting = { id: string; tenant: string };

/**
 * Sends every announcement that was not sent yet; returns how many. Called by whoever commits an
 * outbox row, and by the minute's sweep. A crash between send and mark sends twice: consumers are
 * idempotent by the announcement's id.
 */
export async function relay(db: D1Database, queue: Queue<Job>, nowMs: number): Promise<number> {
  let sent = 0;
  for (;;) {
    const { results } = await db
      .prepare(
        `SELECT id, tenant FROM outbox WHERE relayed_ms IS NULL
         ORDER BY at_ms, tenant, news_seq LIMIT ?`,
      )
      .bind(RELAY_BATCH)
      .all<Waiting>();
    if (results.length === 0) return sent;
    await queue.sendBatch(
      results.map(({ id, tenant }) => ({ body: { kind: "news" as const, tenant, id } })),
    );
    await db
      .prepare("UPDATE outbox SET relayed_ms = ?1 WHERE id IN (SELECT value FROM json_each(?2))")
      .bind(nowMs, JSON.stringify(results.map(({ id }) => id)))
      .run();
    sent += results.length;
    if (results.length < RELAY_BATCH) return sent;
  }
}

/** The statement that says that all that follows from an announcement was made. */
export function markHandled(db: D1Database, id: string, nowMs: number): D1PreparedStatement {
  return db.prepare("UPDATE outbox SET handled_ms = ?2 WHERE id = ?1").bind(id, nowMs);
}

/** Longer than the queue's own retries take together. */
const HANDLING_MS = 15 * MINUTE_MS;

/** Has what was relayed long ago and never handled relayed again: the queue lost it. */
export function reclaimEvents(db: D1Database, nowMs: number): D1PreparedStatement {
  return db
    .prepare("UPDATE outbox SET relayed_ms = NULL WHERE handled_ms IS NULL AND relayed_ms < ?")
    .bind(nowMs - HANDLING_MS);
}

type EventRow = Parameters<typeof parseEvent>[0];

const EVENT_COLUMNS = "id, tenant, news_seq AS outboxSeq, type, at_ms AS atMs, body AS bodyJson";

/** A tenant's event by its id, or null. */
export async function readAnnounced(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<AnnouncedEvent | null> {
  const row = await db
    .prepare(`SELECT ${EVENT_COLUMNS} FROM outbox WHERE id = ? AND tenant = ?`)
    .bind(id, tenant)
    .first<EventRow>();
  return row && parseEvent(row);
}

/** At most `limit` of a tenant's events after an `outboxSeq`, in their order. */
export async function listAnnounced(
  db: D1Database,
  tenant: string,
  afterSeq: number,
  limit: number,
): Promise<AnnouncedEvent[]> {
  const { results } = await db
    .prepare(
      `SELECT ${EVENT_COLUMNS} FROM outbox WHERE tenant = ? AND news_seq > ?
       ORDER BY news_seq LIMIT ?`,
    )
    .bind(tenant, afterSeq, limit)
    .all<EventRow>();
  return results.map(parseEvent);
}
