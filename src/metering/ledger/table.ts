/** The tables of the ledger. Amounts are integers of micro-units, times epoch milliseconds. */
import { blob, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** How far each tenant's journal has arrived: every drain is guarded by it. */
export const usageWatermarks = sqliteTable("usage_watermarks", {
  tenant: text("tenant").primaryKey(),
  upTo: integer("up_to").notNull(),
  seriesUpTo: integer("series_up_to").notNull().default(0),
  /** The epoch of the move that took the tenant's usage away from here; 0 where it is here. */
  fenced: integer("fenced").notNull().default(0),
  /** The epoch of the move that copies the tenant's usage from here; 0 where none does. */
  moving: integer("moving").notNull().default(0),
  /** Up to here no small segments are left to be merged. */
  mergedTo: integer("merged_to").notNull().default(0),
});

/** Of what follows from usage outside the ledger: batches so far, and their last sequence. */
export const usageAnnounced = sqliteTable("usage_announced", {
  tenant: text("tenant").primaryKey(),
  batches: integer("batches").notNull(),
  upTo: integer("up_to").notNull(),
});

/** Journal lines `low` to `high` of one generation, gzipped. */
export const usageSegments = sqliteTable(
  "usage_segments",
  {
    tenant: text("tenant").notNull(),
    high: integer("high").notNull(),
    low: integer("low").notNull(),
    /** How many lines it holds. */
    n: integer("n").notNull(),
    generation: integer("generation").notNull(),
    tsMin: integer("ts_min").notNull(),
    tsMax: integer("ts_max").notNull(),
    drainedMs: integer("drained_ms").notNull(),
    /** The R2 object that holds the body once it is compacted; null before. */
    objectKey: text("object_key"),
    objectOffset: integer("object_offset").notNull().default(0),
    objectLength: integer("object_length").notNull().default(0),
    /** Empty once it is compacted. */
    body: blob("body", { mode: "buffer" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.high] })],
);

/** Which segments hold events of which UTC quarter-hour. */
export const segmentQuarters = sqliteTable(
  "segment_quarters",
  {
    tenant: text("tenant").notNull(),
    quarter: integer("quarter").notNull(),
    high: integer("high").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.quarter, t.high] })],
);

/** What a metric came to in a quarter-hour. `total` can exceed what a JavaScript number holds. */
export const rollupTenant = sqliteTable(
  "rollup_tenant",
  {
    tenant: text("tenant").notNull(),
    metric: text("metric").notNull(),
    quarter: integer("quarter").notNull(),
    total: integer("total").notNull(),
    count: integer("count").notNull(),
    firstMs: integer("first_ms").notNull(),
    lastMs: integer("last_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.metric, t.quarter] })],
);

/** The same for metrics that do not add up, as the JSON of a cell. */
export const rollupLevel = sqliteTable(
  "rollup_level",
  {
    tenant: text("tenant").notNull(),
    metric: text("metric").notNull(),
    quarter: integer("quarter").notNull(),
    body: text("body").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.metric, t.quarter] })],
);

/** Further values of a quarter-hour from part 1 on, as the JSON of cells that merge with it. */
export const rollupValues = sqliteTable(
  "rollup_values",
  {
    tenant: text("tenant").notNull(),
    metric: text("metric").notNull(),
    quarter: integer("quarter").notNull(),
    part: integer("part").notNull(),
    body: text("body").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.metric, t.quarter, t.part] })],
);

/** A sealed generation's events as columns, in 64 buckets by user; bucket -1 is not split. */
export const seriesBlocks = sqliteTable(
  "series_blocks",
  {
    tenant: text("tenant").notNull(),
    bucket: integer("bucket").notNull(),
    high: integer("high").notNull(),
    tsMin: integer("ts_min").notNull(),
    tsMax: integer("ts_max").notNull(),
    body: blob("body", { mode: "buffer" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.bucket, t.high] })],
);

/** Thresholds that were reached, each once for a window, metric and epoch of the limit. */
export const usageAlerts = sqliteTable(
  "usage_alerts",
  {
    tenant: text("tenant").notNull(),
    windowId: text("window_id").notNull(),
    metric: text("metric").notNull(),
    threshold: integer("threshold").notNull(),
    epoch: integer("epoch").notNull(),
    atMs: integer("at_ms").notNull(),
    eventSeq: integer("event_seq"),
    body: text("body").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.windowId, t.metric, t.threshold, t.epoch] })],
);

/** Events that were taken back, and by which compensating event. */
export const usageVoids = sqliteTable(
  "usage_voids",
  {
    tenant: text("tenant").notNull(),
    seq: integer("seq").notNull(),
    voidSeq: integer("void_seq").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.seq] })],
);

/** Windows that a meter has frozen, with the counts that it answered. */
export const usageFrozen = sqliteTable(
  "usage_frozen",
  {
    tenant: text("tenant").notNull(),
    windowId: text("window_id").notNull(),
    body: text("body").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.windowId] })],
);

/** Further counts of a frozen window from part 1 on, as JSON arrays. */
export const usageFrozenParts = sqliteTable(
  "usage_frozen_parts",
  {
    tenant: text("tenant").notNull(),
    windowId: text("window_id").notNull(),
    part: integer("part").notNull(),
    body: text("body").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.windowId, t.part] })],
);

/** What of a tenant's events has left the ledger: a part of a month each, an object in R2. */
export const usageArchives = sqliteTable(
  "usage_archives",
  {
    tenant: text("tenant").notNull(),
    /** `2025-01`, UTC. */
    month: text("month").notNull(),
    part: integer("part").notNull(),
    low: integer("low").notNull(),
    high: integer("high").notNull(),
    events: integer("events").notNull(),
    tsMin: integer("ts_min").notNull(),
    tsMax: integer("ts_max").notNull(),
    /** JSON of its segments: `Run` of archive.ts. */
    runs: text("runs").notNull(),
    objectKey: text("object_key").notNull(),
    bytes: integer("bytes").notNull(),
    sha256: text("sha256").notNull(),
    archivedMs: integer("archived_ms").notNull(),
    /** Until when its events are in the ledger again; null while they are not. */
    restoredUntilMs: integer("restored_until_ms"),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.month, t.part] }),
    index("usage_archives_by_time").on(t.tenant, t.restoredUntilMs, t.tsMax, t.tsMin, t.month),
    index("usage_archives_by_high").on(t.tenant, t.high, t.low),
  ],
);

/** Objects in R2 that no row points at, and when they go. */
export const forgottenObjects = sqliteTable(
  "forgotten_objects",
  {
    objectKey: text("object_key").primaryKey(),
    tenant: text("tenant").notNull(),
    forgetMs: integer("forget_ms").notNull(),
  },
  (t) => [
    index("forgotten_objects_by_time").on(t.forgetMs),
    index("forgotten_objects_by_tenant").on(t.tenant, t.objectKey),
  ],
);

/** Erasures that were done in these tables: they may be set back alone. */
export const usageErasures = sqliteTable(
  "usage_erasures",
  { id: text("id").primaryKey(), tenant: text("tenant").notNull() },
  (t) => [index("usage_erasures_by_tenant").on(t.tenant, t.id)],
);
