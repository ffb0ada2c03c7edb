-- purpose: log objects by status
-- order:   status
SELECT
    status,
    sum(objects) AS objects,
    sum(size_bytes) AS size_bytes,
    sum(rows) AS rows,
    sum(rejected_rows) AS rejected_rows
FROM log_object_status
WHERE month IN ($month, 'unnamed')
GROUP BY status
ORDER BY status
