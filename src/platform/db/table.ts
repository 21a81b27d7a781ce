import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

/** What was announced, in the order of each tenant's `news_seq`, which has no gaps. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    outboxSeq: integer("news_seq").notNull(),
    type: text("type").notNull(),
    atMs: integer("at_ms").notNull(),
    body: text("body").notNull(),
    relayedMs: integer("relayed_ms"),
    /** When all that follows from it was made. */
    handledMs: integer("handled_ms"),
  },
  (t) => [
    uniqueIndex("outbox_by_seq").on(t.tenant, t.outboxSeq),
    index("outbox_waiting").on(t.tenant, t.outboxSeq).where(sql`${t.relayedMs} IS NULL`),
    index("outbox_unhandled")
      .on(t.tenant, t.relayedMs)
      .where(sql`${t.handledMs} IS NULL AND ${t.relayedMs} IS NOT NULL`),
    index("outbox_open").on(t.atMs).where(sql`${t.handledMs} IS NULL`),
  ],
);

/** Work that has a time. `clock` says whose: `real`, or `test` for a test tenant's own. */
export const due = sqliteTable(
  "due",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    atMs: integer("at_ms").notNull(),
    clock: text("clock", { enum: ["real", "test"] }).notNull(),
    kind: text("kind").notNull(),
    ref: text("ref").notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** Why the last attempt failed; null where none did since the row was scheduled. */
    error: text("error"),
    /** Whose turn it is: see platform/queue/lane.ts. Empty in rows of an earlier version. */
    lane: text("lane").notNull().default(""),
    /** 1 where it is handed out, 2 in an attempt; `atMs` is then when it is handed out again. */
    leased: integer("leased").$type<0 | 1 | 2>().notNull().default(0),
    /** How often it was scheduled while it waited. */
    revision: integer("revision").notNull().default(0),
  },
  (t) => [
    index("due_by_time").on(t.atMs).where(sql`${t.clock} = 'real'`),
    index("due_by_lane")
      .on(sql`substr(${t.tenant}, -1)`, t.lane, t.atMs)
      .where(sql`${t.clock} = 'real'`),
    index("due_by_test_clock").on(t.tenant, t.atMs).where(sql`${t.clock} = 'test'`),
    index("due_unnamed").on(t.lane).where(sql`${t.lane} = ''`),
    index("due_in_flight").on(t.lane, t.atMs).where(sql`${t.leased} > 0`),
    index("due_exported")
      .on(t.tenant, t.atMs, t.id)
      .where(sql`${t.kind} NOT IN ('webhook.deliver', 'email.send', 'usage.archive')`),
    index("due_archives").on(t.atMs).where(sql`${t.kind} = 'usage.archive'`),
    index("due_erasures")
      .on(t.atMs)
      .where(sql`${t.kind} IN ('erasure.run', 'tenant.erase', 'tenant.forget')`),
    index("due_failing").on(t.id).where(sql`${t.error} IS NOT NULL`),
  ],
);

/**
 * Requests with an Idempotency-Key, for a day: what they answered, sealed with their API key.
 */
export const idempotency = sqliteTable(
  "idempotency",
  {
    caller: text("caller").notNull(),
    key: text("key").notNull(),
    fingerprint: text("fingerprint").notNull(),
    createdMs: integer("created_ms").notNull(),
    /** Null until the request has ended. */
    status: integer("status"),
    /** The answer; null where it was not kept, and is made again from the essentials. */
    body: text("body"),
    /** What the answer shows, written with the change itself; null where nothing was changed. */
    essentials: text("essentials"),
  },
  (t) => [primaryKey({ columns: [t.caller, t.key] }), index("idempotency_by_age").on(t.createdMs)],
);

/** How many Idempotency-Keys a tenant used on a day, and characters that were kept for them. */
export const idempotencyDays = sqliteTable(
  "idempotency_days",
  {
    tenant: text("tenant").notNull(),
    day: integer("day").notNull(),
    used: integer("used").notNull(),
    keptLength: integer("kept_length").notNull(),
  },
  (t) => [primaryKey({ columns: [t.day, t.tenant] })],
);

/** The ledgers that have tenants, or were seen, by their numbers. */
export const ledgers = sqliteTable("ledgers", {
  ledger: integer("ledger").primaryKey(),
  /** How many tenants are assigned to it; triggers of `tenants` count. */
  tenants: integer("tenants").notNull().default(0),
  /** How large its database was when it was seen last. */
  bytes: integer("bytes").notNull().default(0),
  seenMs: integer("seen_ms").notNull().default(0),
});

/** Moves of tenants to other ledgers: at most one of a tenant is open. */
export const ledgerMoves = sqliteTable(
  "ledger_moves",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    fromLedger: integer("from_ledger").notNull(),
    toLedger: integer("to_ledger").notNull(),
    /** What the tenant's `ledgerEpoch` is once it has moved. */
    epoch: integer("epoch").notNull(),
    /** What it does next, and where that goes on from. */
    step: text("step").notNull(),
    state: text("state").notNull(),
    startedMs: integer("started_ms").notNull(),
    changedMs: integer("changed_ms").notNull(),
    /** When its usage was in the new place; null before. */
    switchedMs: integer("switched_ms"),
    /** When the old place forgot it; null before. */
    forgottenMs: integer("forgotten_ms"),
  },
  (t) => [
    uniqueIndex("ledger_moves_open").on(t.tenant).where(sql`${t.switchedMs} IS NULL`),
    index("ledger_moves_by_tenant").on(t.tenant, t.epoch),
  ],
);
