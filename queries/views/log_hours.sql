-- purpose: the log objects of every hour, and how they fared
-- grain:   distribution, hour
-- units:   size_bytes in bytes; hour is the UTC time at which it begins; objects, the statuses
--          (ingested to forgotten, which sum to objects) and the rows are counts
-- notes:   distribution and hour are those in the objects' names. Objects whose names tell no
--          distribution, or no hour of the calendar, are in rows where that is NULL and the month
--          'unnamed', so that the view has every object once.
--          rows can be of the hour before or after: they are dated by their own times.
-- order:   distribution, hour
SELECT
    coalesce(CASE WHEN hour IS NOT NULL THEN month END, 'unnamed') AS month,
    o.distribution,
    coalesce(d.name, o.distribution) AS name,
    hour,
    count(*) AS objects,
    count(*) FILTER (WHERE status = 'ingested') AS ingested,
    count(*) FILTER (WHERE status = 'empty') AS empty,
    count(*) FILTER (WHERE status = 'quarantined') AS quarantined,
    count(*) FILTER (WHERE status = 'skipped') AS skipped,
    count(*) FILTER (WHERE status = 'vanished') AS vanished,
    count(*) FILTER (WHERE status = 'forgotten') AS forgotten,
    sum(rows) AS rows,
    sum(rejected_rows) AS rejected_rows,
    sum(forgotten_rows) AS forgotten_rows,
    sum(size_bytes) AS size_bytes
FROM (
    SELECT
        month,
        distribution,
        status,
        rows,
        rejected_rows,
        forgotten_rows,
        size_bytes,
        -- TRY_CAST: a name may say a day that is in no calendar.
        arrow_cast(
            TRY_CAST(substr(hour, 1, 10) || ' ' || substr(hour, 12, 2) || ':00:00' AS TIMESTAMP(6)),
            'Timestamp(Microsecond, Some("UTC"))'
        ) AS hour
    FROM log_objects
) AS o
LEFT JOIN distributions d ON d.distribution = o.distribution
GROUP BY 1, 2, 3, 4
