-- purpose: log objects of the month, and those whose names tell no hour
-- order:   one row
SELECT
    coalesce(sum(objects), 0) AS objects,
    coalesce(sum(CASE month WHEN 'unnamed' THEN objects ELSE 0 END), 0) AS unnamed_objects,
    coalesce(sum(size_bytes), 0) AS size_bytes,
    coalesce(sum(rows), 0) AS rows,
    coalesce(sum(rejected_rows), 0) AS rejected_rows,
    coalesce(sum(forgotten_rows), 0) AS forgotten_rows
FROM log_object_status
WHERE month IN ($month, 'unnamed')
