-- purpose: how the log objects fared
-- grain:   month, status
-- units:   bytes; objects and rows counts
-- order:   month, status
SELECT
    month,
    status,
    count(*) AS objects,
    sum(size_bytes) AS size_bytes,
    sum(rows) AS rows,
    sum(rejected_rows) AS rejected_rows,
    sum(forgotten_rows) AS forgotten_rows
FROM log_objects
GROUP BY month, status
