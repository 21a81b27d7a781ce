-- A line's detail is kept as figures and worded when it is shown; texts of before are dropped.
UPDATE periods SET lines = (
  SELECT json_group_array(json_set(value, '$.detail', NULL)) FROM json_each(periods.lines)
);
