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
    index("outbox_waiting").on(t.atMs).where(sql`${t.relayedMs} IS NULL`),
    index("outbox_unhandled")
      .on(t.relayedMs)
      .where(sql`${t.handledMs} IS NULL AND ${t.relayedMs} IS NOT NULL`),
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
    /** How often it was scheduled while it waited. */
    revision: integer("revision").notNull().default(0),
  },
  (t) => [
    index("due_by_time").on(t.clock, t.atMs),
    index("due_by_tenant").on(t.tenant, t.clock, t.atMs),
    index("due_failing").on(t.id).where(sql`${t.error} IS NOT NULL`),
  ],
);

/** The first answer to each Idempotency-Key, for a day, sealed with its caller's API key. */
export const idempotency = sqliteTable(
  "idempotency",
  {
    caller: text("caller").notNull(),
    key: text("key").notNull(),
    fingerprint: text("fingerprint").notNull(),
    createdMs: integer("created_ms").notNull(),
    status: integer("status"),
    body: text("body"),
  },
  (t) => [primaryKey({ columns: [t.caller, t.key] }), index("idempotency_by_age").on(t.createdMs)],
);
