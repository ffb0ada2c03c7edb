-- purpose: the miss share by half hour of the day where purges come every day
-- order:   distribution, prefix, time_of_day
WITH purged AS (
    SELECT DISTINCT distribution, name, prefix
    FROM nightly_purges
    WHERE month = $month
),
-- A prefix with several configured times has its quarters once for each.
quarters AS (
    SELECT distribution, prefix, quarter, max(requests) AS requests, max(misses) AS misses
    FROM purge_series
    WHERE month = $month AND is_pooled AND quarter BETWEEN 0 AND 95
    GROUP BY distribution, prefix, quarter
)
SELECT
    p.distribution,
    p.name,
    p.prefix,
    to_char(arrow_cast(q.quarter / 2 * 1800, 'Timestamp(Second, None)'), '%H:%M') AS time_of_day,
    sum(q.requests) AS requests,
    sum(q.misses) AS miss_requests,
    CAST(CAST(sum(q.misses) AS DECIMAL(26, 6)) / nullif(sum(q.requests), 0) AS DECIMAL(9, 6)) AS miss_ratio
FROM purged p
JOIN quarters q ON q.distribution = p.distribution AND q.prefix = p.prefix
GROUP BY p.distribution, p.name, p.prefix, 4
ORDER BY distribution, prefix, time_of_day
