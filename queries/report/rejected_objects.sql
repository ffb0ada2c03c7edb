-- purpose: log objects with rows that could not be read
-- order:   rejected_rows DESC, name, key
SELECT
    CASE WHEN key LIKE 's3://%' THEN key ELSE name END AS key,
    name,
    status,
    rows,
    rejected_rows,
    first_rejects
FROM log_objects
WHERE month IN ($month, 'unnamed') AND rejected_rows > 0
ORDER BY rejected_rows DESC, name, key
