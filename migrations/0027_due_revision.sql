-- How often a row of due work was scheduled: work that was scheduled anew while it ran stays.
ALTER TABLE due ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
