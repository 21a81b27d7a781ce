-- The tax of a period at its closing: late usage of it is settled at this, whatever holds by then.
ALTER TABLE periods ADD COLUMN tax TEXT CHECK (tax IS NULL OR json_valid(tax));
