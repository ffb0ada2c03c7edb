-- purpose: log objects that are not counted
-- order:   status, name, key
SELECT
    CASE WHEN key LIKE 's3://%' THEN key ELSE name END AS key,
    name,
    status,
    reason,
    size_bytes
FROM log_objects
WHERE month IN ($month, 'unnamed') AND status IN ('quarantined', 'skipped', 'vanished')
ORDER BY status, name, key
