-- The four plans that every installation begins with; the operator edits them by new versions.
INSERT INTO plans (id, code, name, description, created_ms) VALUES
  ('pln_free', 'FREE', 'FREE', '', 0),
  ('pln_starter', 'STARTER', 'STARTER', '', 0),
  ('pln_professional', 'PROFESSIONAL', 'PROFESSIONAL', '', 0),
  ('pln_enterprise', 'ENTERPRISE', 'ENTERPRISE', '', 0);

INSERT INTO plan_versions (id, plan_id, version, currency, created_ms) VALUES
  ('plv_free_1', 'pln_free', 1, 'USD', 0),
  ('plv_starter_1', 'pln_starter', 1, 'USD', 0),
  ('plv_professional_1', 'pln_professional', 1, 'USD', 0),
  ('plv_enterprise_1', 'pln_enterprise', 1, 'USD', 0);

INSERT INTO plan_prices (version_id, position, metric, included_micro, model, rates) VALUES
  ('plv_free_1', 0, 'quotes_generated', 10000000, 'per_unit', '{"unitPrice":"0.5"}'),
  ('plv_free_1', 1, 'invoices_generated', 5000000, 'per_unit', '{"unitPrice":"0.25"}'),
  ('plv_free_1', 2, 'api_calls', 1000000000, 'per_unit', '{"unitPrice":"0.001"}'),
  ('plv_free_1', 3, 'storage_gb', 1000000, 'per_unit', '{"unitPrice":"0.1"}'),
  ('plv_starter_1', 0, 'quotes_generated', 100000000, 'per_unit', '{"unitPrice":"0.3"}'),
  ('plv_starter_1', 1, 'invoices_generated', 50000000, 'per_unit', '{"unitPrice":"0.15"}'),
  ('plv_starter_1', 2, 'api_calls', 10000000000, 'per_unit', '{"unitPrice":"0.0005"}'),
  ('plv_starter_1', 3, 'storage_gb', 10000000, 'per_unit', '{"unitPrice":"0.08"}'),
  ('plv_professional_1', 0, 'quotes_generated', 500000000, 'per_unit', '{"unitPrice":"0.2"}'),
  ('plv_professional_1', 1, 'invoices_generated', 250000000, 'per_unit', '{"unitPrice":"0.1"}'),
  ('plv_professional_1', 2, 'api_calls', 50000000000, 'per_unit', '{"unitPrice":"0.0003"}'),
  ('plv_professional_1', 3, 'storage_gb', 50000000, 'per_unit', '{"unitPrice":"0.05"}'),
  ('plv_enterprise_1', 0, 'quotes_generated', 99999000000, 'per_unit', '{"unitPrice":"0.1"}'),
  ('plv_enterprise_1', 1, 'invoices_generated', 99999000000, 'per_unit', '{"unitPrice":"0.05"}'),
  ('plv_enterprise_1', 2, 'api_calls', 999999000000, 'per_unit', '{"unitPrice":"0.0001"}'),
  ('plv_enterprise_1', 3, 'storage_gb', 500000000, 'per_unit', '{"unitPrice":"0.03"}');
