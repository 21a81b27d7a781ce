-- What the provider reported of a message, once for each recipient and kind of report.
CREATE TABLE email_reports (
  email TEXT NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
  -- In lower case.
  address TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('delivered', 'bounced', 'complained')),
  reason TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (email, address, kind)
) WITHOUT ROWID;
