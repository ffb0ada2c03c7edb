-- purpose: the purges that the miss share shows or the settings name, and how long each was refilled
-- grain:   month, distribution, prefix, first_quarter, minute
-- units:   first_quarter and end_quarter are quarters of an hour since 1970 (UTC), the end not
--          included; minute is the UTC minute of the day of a configured purge, else NULL;
--          baseline_miss_ratio is a share of hits and misses
-- notes:   pattern 'daily': the same time of day on the days of the month taken together, at least
--          seven of them, three of five with a step of their own; one row a day that has requests
--          in the first hour. 'single': a step in the month as it went, if no daily purge of
--          the prefix lies within the hour. 'configured': every day with requests in the first hour.
--          A step is a quarter of an hour whose miss share is at least double that of the three hours
--          before, at least 5 points above it and six standard errors away from it (of the two
--          shares' difference), with none in the three hours before. So there must be requests in the
--          three hours before: at least 50, and 20 in the quarter itself.
--          Daily and configured purges take baseline and length from the days taken together.
--          The refill ends with the first quarter (of at least 20 requests) whose miss share is down
--          to a tenth of the first hour's step above the baseline, or after twelve hours.
-- order:   month, distribution, prefix, first_quarter, minute
WITH shares AS (
    SELECT
        month, distribution, prefix, minute, is_pooled, quarter, requests, requests_before,
        CAST(misses AS DOUBLE) / requests AS share,
        CAST(misses_before AS DOUBLE) / requests_before AS share_before,
        CAST(misses + misses_before AS DOUBLE) / (requests + requests_before) AS share_both,
        CAST(1 AS DOUBLE) / requests + CAST(1 AS DOUBLE) / requests_before AS spread
    FROM purge_series
    WHERE minute IS NULL AND requests >= 20 AND requests_before >= 50
),
steps AS (
    SELECT
        month, distribution, prefix, is_pooled, quarter, share_before,
        lag(quarter) OVER (PARTITION BY month, distribution, prefix, is_pooled ORDER BY quarter) AS step_before
    FROM shares
    WHERE share >= 2 * share_before
        AND share - share_before >= 0.05
        AND (share - share_before) * (share - share_before) >= 36 * share_both * (1 - share_both) * spread
),
onsets AS (
    SELECT month, distribution, prefix, CAST(NULL AS BIGINT) AS minute, is_pooled, quarter, share_before AS baseline
    FROM steps
    WHERE (step_before IS NULL OR quarter - step_before > 12)
        -- The day before and the day after are there to look back and ahead only.
        AND (NOT is_pooled OR (quarter >= 0 AND quarter < 96))
    UNION ALL
    SELECT
        month, distribution, prefix, minute, is_pooled, minute / 15 AS quarter,
        CAST(sum(misses) AS DOUBLE) / sum(requests) AS baseline
    FROM purge_series
    WHERE is_pooled AND quarter >= minute / 15 - 12 AND quarter < minute / 15
    GROUP BY month, distribution, prefix, minute, is_pooled
),
-- One look at the twelve hours after each.
after AS (
    SELECT
        o.month, o.distribution, o.prefix, o.minute, o.is_pooled, o.quarter, o.baseline,
        s.quarter - o.quarter AS quarters,
        s.requests,
        s.misses,
        CAST(sum(s.misses) FILTER (WHERE s.quarter - o.quarter < 4) OVER one AS DOUBLE)
            / nullif(sum(s.requests) FILTER (WHERE s.quarter - o.quarter < 4) OVER one, 0) AS first_share
    FROM onsets o
    JOIN purge_series s
        ON s.month = o.month AND s.distribution = o.distribution AND s.prefix = o.prefix
        AND s.is_pooled = o.is_pooled AND coalesce(s.minute, -1) = coalesce(o.minute, -1)
        AND s.quarter >= o.quarter AND s.quarter < o.quarter + 48
    WINDOW one AS (PARTITION BY o.month, o.distribution, o.prefix, o.minute, o.is_pooled, o.quarter)
),
lengths AS (
    SELECT
        month, distribution, prefix, minute, is_pooled, quarter, baseline,
        coalesce(
            min(quarters) FILTER (
                WHERE quarters > 0 AND requests >= 20
                    AND misses <= (baseline + (first_share - baseline) / 10) * requests
            ),
            48
        ) AS quarters
    FROM after
    GROUP BY month, distribution, prefix, minute, is_pooled, quarter, baseline
),
-- The days of a time of day: each with what its own first hour shows.
nights AS (
    SELECT
        l.month, l.distribution, l.prefix, l.minute, l.quarter, l.baseline, l.quarters,
        s.quarter / 96 AS day,
        CAST(sum(s.misses) AS DOUBLE) / sum(s.requests) >= l.baseline + 0.05 AS has_step
    FROM lengths l
    JOIN purge_series s
        ON s.month = l.month AND s.distribution = l.distribution AND s.prefix = l.prefix
        AND coalesce(s.minute, -1) = coalesce(l.minute, -1)
        AND s.quarter % 96 >= l.quarter AND s.quarter % 96 < l.quarter + 4
    WHERE l.is_pooled AND NOT s.is_pooled
    GROUP BY l.month, l.distribution, l.prefix, l.minute, l.quarter, l.baseline, l.quarters, s.quarter / 96
),
regular AS (
    SELECT month, distribution, prefix, minute, quarter
    FROM nights
    GROUP BY month, distribution, prefix, minute, quarter
    HAVING minute IS NOT NULL
        OR (count(*) >= 7 AND 5 * (count(*) FILTER (WHERE has_step)) >= 3 * count(*))
),
found AS (
    SELECT
        n.month, n.distribution, n.prefix, n.minute, n.baseline, n.quarters,
        n.day * 96 + n.quarter AS quarter,
        CASE WHEN n.minute IS NULL THEN 'daily' ELSE 'configured' END AS pattern
    FROM regular r
    JOIN nights n
        ON n.month = r.month AND n.distribution = r.distribution AND n.prefix = r.prefix
        AND coalesce(n.minute, -1) = coalesce(r.minute, -1) AND n.quarter = r.quarter
    UNION ALL
    SELECT l.month, l.distribution, l.prefix, l.minute, l.baseline, l.quarters, l.quarter, 'single' AS pattern
    FROM lengths l
    LEFT ANTI JOIN regular r
        ON r.month = l.month AND r.distribution = l.distribution AND r.prefix = l.prefix
        AND (l.quarter - r.quarter + 100) % 96 <= 8
    WHERE NOT l.is_pooled
)
SELECT
    month,
    distribution,
    prefix,
    quarter AS first_quarter,
    quarter + quarters AS end_quarter,
    minute,
    pattern,
    CAST(baseline AS DECIMAL(9, 6)) AS baseline_miss_ratio
FROM found
