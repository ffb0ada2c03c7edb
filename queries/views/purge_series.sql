-- purpose: the miss share by quarter of an hour, beside that of the three hours before: what purges
--          are found in
-- grain:   month, distribution, prefix, minute, is_pooled, quarter
-- units:   requests and misses counts; quarter is that since 1970 (UTC), or, where the days of the
--          month are taken together (is_pooled), of the day: -96 to 191, the day three times, so that
--          one can look back and ahead over midnight; minute is that of the day of a configured purge,
--          else NULL
-- notes:   distributions with configured purges have these alone, the others every prefix with at
--          least 100 misses in the month. The prefix `/` of a configured purge is all paths.
-- order:   month, distribution, prefix, minute, is_pooled, quarter
WITH seen AS (
    SELECT month, distribution, prefix
    FROM prefix_quarters
    GROUP BY month, distribution, prefix
    HAVING sum(miss_requests) >= 100
),
scoped AS (
    SELECT q.month, q.date, q.distribution, q.prefix, CAST(NULL AS BIGINT) AS minute, q.quarter, q.requests, q.miss_requests
    FROM seen s
    JOIN prefix_quarters q ON q.month = s.month AND q.distribution = s.distribution AND q.prefix = s.prefix
    LEFT ANTI JOIN configured_purges c ON c.distribution = q.distribution
    UNION ALL
    SELECT q.month, q.date, q.distribution, c.prefix, c.minute, q.quarter, q.requests, q.miss_requests
    FROM configured_purges c
    JOIN prefix_quarters q ON q.distribution = c.distribution AND (c.prefix = '/' OR q.prefix = c.prefix)
),
days AS (
    SELECT month, date, distribution, prefix, minute, quarter, sum(requests) AS requests, sum(miss_requests) AS misses
    FROM scoped
    GROUP BY month, date, distribution, prefix, minute, quarter
),
series AS (
    SELECT
        true AS is_pooled, p.month, p.distribution, p.prefix, p.minute, p.quarter + s.shift AS quarter, p.requests, p.misses
    FROM (VALUES (-96), (0), (96)) AS s(shift)
    CROSS JOIN (
        SELECT month, distribution, prefix, minute, quarter, sum(requests) AS requests, sum(misses) AS misses
        FROM days
        GROUP BY month, distribution, prefix, minute, quarter
    ) AS p
    UNION ALL
    SELECT
        false AS is_pooled, month, distribution, prefix, minute,
        CAST(date_part('epoch', date) AS BIGINT) / 900 + quarter AS quarter, requests, misses
    FROM days
)
SELECT
    month,
    distribution,
    prefix,
    minute,
    is_pooled,
    quarter,
    requests,
    misses,
    coalesce(sum(requests) OVER before, 0) AS requests_before,
    coalesce(sum(misses) OVER before, 0) AS misses_before
FROM series
WINDOW before AS (
    PARTITION BY month, distribution, prefix, minute, is_pooled ORDER BY quarter
    RANGE BETWEEN 12 PRECEDING AND 1 PRECEDING
)
