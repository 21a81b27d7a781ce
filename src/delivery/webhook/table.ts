/** The tables of webhooks and of alert routes. */
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";

/** The kind of a delivery's due row; its ref is the delivery. */
export const WEBHOOK_DELIVER = "webhook.deliver";

export const DISABLED_REASONS = ["asked", "gone", "failing"] as const;
export const DELIVERY_STATUSES = ["pending", "succeeded", "failed"] as const;

/** Where a tenant's announcements are sent. */
export const webhookEndpoints = sqliteTable(
  "webhook_endpoints",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    url: text("url").notNull(),
    description: text("description"),
    /** Empty: all types. */
    events: text("events", { mode: "json" }).$type<string[]>().notNull(),
    /** Null while it is enabled, else why it is not. */
    disabled: text("disabled", { enum: DISABLED_REASONS }),
    /** Its last answers were slow: it shares no queue with those that are not. */
    slow: integer("slow", { mode: "boolean" }).notNull().default(false),
    /** Since when there was nothing but failure; null after a success. */
    failingSinceMs: integer("failing_since_ms"),
    createdMs: integer("created_ms").notNull(),
    /** What `hostOf` says of its URL. */
    host: text("host").notNull().default(""),
    /** Since when its owner is known to want messages: its host's first, or one that proved. */
    provenMs: integer("proven_ms"),
    /** The version of the API in whose shapes it is sent messages; null: the first. */
    apiVersion: text("api_version"),
  },
  (t) => [
    index("webhook_endpoints_by_tenant").on(t.tenant, t.id),
    index("webhook_endpoints_by_host").on(t.host, t.tenant),
    index("webhook_endpoints_failing")
      .on(t.failingSinceMs)
      .where(sql`${t.failingSinceMs} IS NOT NULL`),
  ],
);

/** Sealed with DELIVERY_SECRET; several live while a secret is rotated. */
export const webhookSecrets = sqliteTable(
  "webhook_secrets",
  {
    id: text("id").primaryKey(),
    endpoint: text("endpoint")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    sealed: text("sealed").notNull(),
    expiresMs: integer("expires_ms"),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [index("webhook_secrets_by_endpoint").on(t.endpoint, t.id)],
);

/** One announcement for one endpoint. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    endpoint: text("endpoint")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    /** The announcement's id, or a test event's own; the receiver sees it as webhook-id. */
    message: text("message").notNull(),
    /** Null for a test event. */
    outboxSeq: integer("news_seq"),
    type: text("type").notNull(),
    status: text("status", { enum: DELIVERY_STATUSES }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** Failed attempts since it was last asked for: which delay of the schedule comes next. */
    step: integer("step").notNull().default(0),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [
    uniqueIndex("webhook_deliveries_once").on(t.endpoint, t.message),
    index("webhook_deliveries_by_tenant").on(t.tenant, t.id),
    index("webhook_deliveries_by_status").on(t.tenant, t.status, t.id),
    index("webhook_deliveries_pending").on(t.endpoint, t.id).where(sql`${t.status} = 'pending'`),
    index("webhook_deliveries_waiting").on(t.createdMs).where(sql`${t.status} = 'pending'`),
    index("webhook_deliveries_failed").on(t.createdMs).where(sql`${t.status} = 'failed'`),
    index("webhook_deliveries_by_age").on(t.createdMs).where(sql`${t.status} <> 'pending'`),
  ],
);

export const webhookAttempts = sqliteTable(
  "webhook_attempts",
  {
    delivery: text("delivery")
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: "cascade" }),
    n: integer("n").notNull(),
    atMs: integer("at_ms").notNull(),
    /** Null where no answer came; then `error` says why. */
    status: integer("status"),
    error: text("error"),
    latencyMs: integer("latency_ms").notNull(),
    /** The first KB of it. */
    answer: text("answer").notNull(),
  },
  (t) => [primaryKey({ columns: [t.delivery, t.n] })],
);

export type Endpoint = typeof webhookEndpoints.$inferSelect;
export type Secret = typeof webhookSecrets.$inferSelect;
export type Delivery = typeof webhookDeliveries.$inferSelect;
export type Attempt = typeof webhookAttempts.$inferSelect;
