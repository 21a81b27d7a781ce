-- Windows that a meter has frozen, with the counts it answered: an object that is restored to an
-- earlier time takes them from here.
CREATE TABLE usage_frozen (
  tenant TEXT NOT NULL,
  window_id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, window_id)
) WITHOUT ROWID;
