-- The tax of a period at its closing: late usage of it is settled at this, whatever holds by then.
ALTER TABLE periods ADD COLUMN tax TEXT CHECK (tax IS NULL OR json_valid(tax));

-- Why the last attempt at due work failed: the operator is shown what fails.
ALTER TABLE due ADD COLUMN error TEXT;
CREATE INDEX due_failing ON due (id) WHERE error IS NOT NULL;
