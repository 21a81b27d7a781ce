-- A further ledger: the tables of usage, as the control database has them (migrations/).

-- How far each tenant's journal has arrived here: every drain is guarded by it.
CREATE TABLE usage_watermarks (
  tenant TEXT PRIMARY KEY NOT NULL,
  up_to INTEGER NOT NULL CHECK (typeof(up_to) = 'integer'),
  series_up_to INTEGER NOT NULL DEFAULT 0,
  fenced INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- The ledger: journal lines low..high, gzipped; a segment never crosses a generation. Once it is
-- compacted its body is empty, and lies in an R2 object.
CREATE TABLE usage_segments (
  tenant TEXT NOT NULL,
  high INTEGER NOT NULL,
  low INTEGER NOT NULL,
  n INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  ts_min INTEGER NOT NULL,
  ts_max INTEGER NOT NULL,
  drained_ms INTEGER NOT NULL,
  object_key TEXT,
  object_offset INTEGER NOT NULL DEFAULT 0,
  object_length INTEGER NOT NULL DEFAULT 0,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant, high)
) WITHOUT ROWID;

-- Which segments hold events of which UTC quarter-hour.
CREATE TABLE segment_quarters (
  tenant TEXT NOT NULL,
  quarter INTEGER NOT NULL,
  high INTEGER NOT NULL,
  PRIMARY KEY (tenant, quarter, high)
) WITHOUT ROWID;

CREATE TABLE rollup_tenant (
  tenant TEXT NOT NULL,
  metric TEXT NOT NULL,
  quarter INTEGER NOT NULL,
  total INTEGER NOT NULL CHECK (typeof(total) = 'integer'),
  count INTEGER NOT NULL CHECK (typeof(count) = 'integer'),
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, metric, quarter)
) WITHOUT ROWID;

-- The same for metrics that do not add up: maximum, minimum, latest, distinct values, as JSON.
CREATE TABLE rollup_level (
  tenant TEXT NOT NULL,
  metric TEXT NOT NULL,
  quarter INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, metric, quarter)
) WITHOUT ROWID;

-- A sealed generation's events again, as columns, split by user into 64 buckets (-1: not split).
CREATE TABLE series_blocks (
  tenant TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  high INTEGER NOT NULL,
  ts_min INTEGER NOT NULL,
  ts_max INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant, bucket, high)
) WITHOUT ROWID;

CREATE TABLE usage_alerts (
  tenant TEXT NOT NULL,
  window_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  threshold INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  event_seq INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, window_id, metric, threshold, epoch)
) WITHOUT ROWID;

-- Events that were taken back, and by which compensating event.
CREATE TABLE usage_voids (
  tenant TEXT NOT NULL,
  seq INTEGER NOT NULL,
  void_seq INTEGER NOT NULL,
  PRIMARY KEY (tenant, seq)
) WITHOUT ROWID;

-- Windows that a meter has frozen, with the counts it answered: an object that is restored to an
-- earlier time takes them from here.
CREATE TABLE usage_frozen (
  tenant TEXT NOT NULL,
  window_id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, window_id)
) WITHOUT ROWID;

-- Further counts of a frozen window, from part 1 on; `usage_frozen` holds the first and says how
-- many there are.
CREATE TABLE usage_frozen_parts (
  tenant TEXT NOT NULL,
  window_id TEXT NOT NULL,
  part INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, window_id, part)
) WITHOUT ROWID;

-- Further values of a metric's quarter-hour, from part 1 on: cells that merge with the one in
-- `rollup_level`.
CREATE TABLE rollup_values (
  tenant TEXT NOT NULL,
  metric TEXT NOT NULL,
  quarter INTEGER NOT NULL,
  part INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, metric, quarter, part)
) WITHOUT ROWID;
