-- A row has to stay below 2,000,000 bytes. What grows with names or values goes on in further rows:
-- the first one stays where it was, so rows that were written before are whole without any.

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
