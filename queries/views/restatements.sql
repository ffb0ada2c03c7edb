-- purpose: months whose rows changed after they could first be reported whole
-- grain:   month; a month that was not restated has no row
-- units:   late_objects, late_rows and forgotten_rows counts; times are UTC, last_ingested_at is
--          NULL when rows were only removed
-- notes:   a month is closed 24 hours after its last hour, because CloudFront may deliver a day
--          late. first_closed_ingest_at is the first commit after that which has the month in the
--          lake (a commit of any month counts: it listed all there was). An object that came, or
--          came again with other bytes, more than 24 hours after that commit is late.
--          So a backfill is no restatement, however old its months, unless it took longer than a
--          day or the month was in the lake before; nor is a monthly batch on any day.
--          An object comes with the first record of its version (key, ETag, size) that has rows:
--          a quarantined object comes when it is read after all, a replaced one when it is read
--          again (all its rows are late then), and a later record of the same version, such as an
--          erasure, is no arrival. late_rows are the rows that are in the lake now.
--          forgotten_rows are the month's rows removed on purpose, whenever that was.
--          A month is told by the hour in an object's name. Objects that name no hour belong to no
--          month here. A run that found nothing new left no commit, and cannot count as the first.
-- order:   month
WITH versions AS (
    SELECT
        key,
        etag,
        size_bytes,
        max(substr(hour, 1, 7)) AS month,
        max(rows + forgotten_rows) AS rows_ever,
        coalesce(min(ingested_at) FILTER (WHERE rows + forgotten_rows > 0), min(ingested_at)) AS came_at
    FROM log_files
    WHERE hour IS NOT NULL
    GROUP BY key, etag, size_bytes
),
months_in_lake AS (
    SELECT
        month,
        min(came_at) AS came_first_at,
        -- TRY_CAST: a name may say any year.
        arrow_cast(TRY_CAST(month || '-01 00:00:00' AS TIMESTAMP(6)), 'Timestamp(Microsecond, Some("UTC"))')
            + INTERVAL '1 month' + INTERVAL '24 hours' AS closed_at
    FROM versions
    WHERE rows_ever > 0
    GROUP BY month
),
complete AS (
    SELECT m.month, min(c.ingested_at) AS first_closed_ingest_at
    FROM months_in_lake m
    JOIN (SELECT ingested_at FROM log_files GROUP BY ingested_at) AS c
        ON c.ingested_at >= m.came_first_at AND c.ingested_at >= m.closed_at
    GROUP BY m.month
),
arrivals AS (
    -- The last word on every object that has or had rows, and when that version came.
    SELECT o.month, o.rows, o.forgotten_rows, v.came_at
    FROM log_objects o
    JOIN versions v ON v.key = o.key AND v.etag = o.etag AND v.size_bytes = o.size_bytes
    JOIN (SELECT key FROM versions GROUP BY key HAVING max(rows_ever) > 0) AS k ON k.key = o.key
),
judged AS (
    SELECT
        a.month,
        a.rows,
        a.forgotten_rows,
        a.came_at,
        c.first_closed_ingest_at,
        a.came_at > c.first_closed_ingest_at + INTERVAL '24 hours' AS is_late
    FROM arrivals a
    JOIN complete c ON c.month = a.month
)
SELECT
    month,
    max(first_closed_ingest_at) AS first_closed_ingest_at,
    count(*) FILTER (WHERE is_late) AS late_objects,
    coalesce(sum(rows) FILTER (WHERE is_late), 0) AS late_rows,
    max(came_at) FILTER (WHERE is_late) AS last_ingested_at,
    sum(forgotten_rows) AS forgotten_rows
FROM judged
GROUP BY month
HAVING count(*) FILTER (WHERE is_late) > 0 OR sum(forgotten_rows) > 0
