-- Which of a tenant's metrics somebody declared; the others were only recorded under.
ALTER TABLE metrics ADD COLUMN declared INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1));

UPDATE metrics SET declared = 1
WHERE tenant = '*' OR aggregation <> 'sum' OR property IS NOT NULL OR dimensions <> '[]'
  OR description <> '' OR display_name <> '' OR unit <> ''
  OR (tenant, name) IN (SELECT tenant, target FROM audit WHERE action = 'metric.declare');

-- Meters may have been told only of those that count in a way of their own: where there are others,
-- the next change of the catalogue tells them all.
UPDATE metric_versions SET version = version + 1
WHERE tenant IN (
  SELECT tenant FROM metrics
  WHERE declared = 1 AND aggregation = 'sum' AND property IS NULL AND dimensions = '[]'
);

-- A strict tenant's meter refuses metrics that nobody declared and no plan prices. The setting is
-- part of the catalogue: the meter hears of it by the same version.
ALTER TABLE metric_versions ADD COLUMN strict INTEGER NOT NULL DEFAULT 0 CHECK (strict IN (0, 1));
