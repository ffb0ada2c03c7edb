-- purpose: why CloudFront's side of a month costs more or less than that of an earlier month: a
--          waterfall that closes to the cent
-- grain:   month, previous_month, position
-- units:   previous_month_usd + the steps' usd = month_usd, in whole cents (largest remainder);
--          usd_exact rounded at 10^-6; days UTC days
-- notes:   every month of the lake against every earlier one. Asked for one month and one
--          previous_month, it reads these two alone. covered_days have requests, and it is by them
--          that months are scaled; is_comparable says that none is missing. is_next says that the
--          months follow each other. usd_so_far is previous_month_usd and the steps to this one.
--          docs/report-chapters.md says what each step takes.
-- order:   month, previous_month, position
WITH covered AS (
    SELECT
        month,
        count(DISTINCT date) AS covered_days,
        CAST(
            date_part('day', date_trunc('month', min(date)) + INTERVAL '1 month' - INTERVAL '1 day') AS BIGINT
        ) AS days
    FROM daily_traffic
    GROUP BY month
),
reads AS (
    -- What could have missed at S3: reads behind CloudFront are measured by it.
    SELECT
        month,
        CAST(sum(let_in_requests) FILTER (WHERE origin = 's3') AS BIGINT) AS s3_requests,
        CAST(sum(response_bytes) FILTER (WHERE origin = 's3') AS BIGINT) AS s3_bytes
    FROM usage
    GROUP BY month
),
totals AS (
    SELECT month, usd FROM monthly_cost WHERE side = 'cloudfront'
),
months_with AS (
    SELECT
        c.month,
        c.days,
        c.covered_days,
        r.s3_requests,
        r.s3_bytes,
        coalesce(t.usd, 0) AS usd
    FROM covered c
    JOIN reads r ON r.month = c.month
    LEFT JOIN totals t ON t.month = c.month
),
pairs AS (
    SELECT
        m.month,
        p.month AS previous_month,
        m.days,
        p.days AS previous_days,
        m.covered_days,
        p.covered_days AS previous_covered_days,
        CAST(p.usd AS DECIMAL(20, 2)) AS previous_month_usd,
        CAST(m.usd AS DECIMAL(20, 2)) AS month_usd,
        m.s3_requests,
        p.s3_requests AS previous_s3_requests,
        m.s3_bytes,
        p.s3_bytes AS previous_s3_bytes
    FROM months_with m
    CROSS JOIN months_with p
    WHERE p.month < m.month
),
lines AS (
    SELECT
        month,
        CASE
            WHEN item = 'egress' THEN 'egress'
            WHEN item IN ('requests', 'proxy_requests', 'origin_transfer') THEN 'requests'
            WHEN item = 's3_origin_requests' THEN 'reads'
            WHEN item = 's3_origin_retrieval' THEN 'retrieval'
            -- What logs show grows with the days; plans and what settings say do not.
            WHEN item IN ('function', 'lambda-edge-request', 'origin-shield') THEN 'logged'
            ELSE 'fixed'
        END AS part,
        CASE item WHEN 'egress' THEN region ELSE '' END AS region,
        CAST(sum(usd) AS DECIMAL(38, 12)) AS usd,
        CAST(sum(CASE item WHEN 'egress' THEN quantity ELSE 0 END) AS DECIMAL(19, 0)) AS bytes
    FROM cost_lines
    WHERE side = 'cloudfront'
    GROUP BY 1, 2, 3
),
sides AS (
    SELECT
        p.month, p.previous_month, l.part, l.region,
        l.usd AS usd_1, l.bytes AS bytes_1,
        CAST(0 AS DECIMAL(38, 12)) AS usd_0, CAST(0 AS DECIMAL(19, 0)) AS bytes_0
    FROM pairs p
    JOIN lines l ON l.month = p.month
    UNION ALL
    SELECT
        p.month, p.previous_month, l.part, l.region,
        CAST(0 AS DECIMAL(38, 12)), CAST(0 AS DECIMAL(19, 0)),
        l.usd, l.bytes
    FROM pairs p
    JOIN lines l ON l.month = p.previous_month
),
both_sides AS (
    SELECT
        month, previous_month, part, region,
        CAST(sum(usd_1) AS DECIMAL(38, 12)) AS usd_1,
        CAST(sum(bytes_1) AS DECIMAL(19, 0)) AS bytes_1,
        CAST(sum(usd_0) AS DECIMAL(38, 12)) AS usd_0,
        CAST(sum(bytes_0) AS DECIMAL(19, 0)) AS bytes_0
    FROM sides
    GROUP BY month, previous_month, part, region
),
parts AS (
    SELECT
        month,
        previous_month,
        part,
        CAST(sum(usd_1) AS DECIMAL(38, 12)) AS usd_1,
        CAST(sum(usd_0) AS DECIMAL(38, 12)) AS usd_0,
        CAST(sum(bytes_1) AS DECIMAL(19, 0)) AS bytes_1,
        CAST(sum(bytes_0) AS DECIMAL(19, 0)) AS bytes_0,
        -- This month's bytes at the earlier month's prices; a new region has only its own.
        CAST(
            sum(CASE WHEN bytes_0 > 0 THEN CAST(CAST(usd_0 AS DECIMAL(38, 20)) / bytes_0 * bytes_1 AS DECIMAL(38, 12)) ELSE usd_1 END)
            AS DECIMAL(38, 12)
        ) AS usd_at_old_prices
    FROM both_sides
    GROUP BY month, previous_month, part
),
scaled AS (
    SELECT
        c.*,
        p.usd_1,
        p.usd_0,
        p.part,
        CASE p.part
            WHEN 'fixed' THEN p.usd_0
            ELSE CAST(
                p.usd_0 * CAST(c.covered_days AS DECIMAL(3, 0)) / CAST(c.previous_covered_days AS DECIMAL(3, 0))
                AS DECIMAL(38, 12)
            )
        END AS usd_by_days,
        -- The earlier dollars grown as what they are paid for has grown: price by price, since
        -- dollars times petabytes would not fit. Without an earlier
        -- quantity there is nothing to grow, and all of the new dollars are growth.
        CASE p.part
            WHEN 'egress' THEN
                CASE
                    WHEN p.bytes_0 > 0 THEN CAST(CAST(p.usd_0 AS DECIMAL(38, 20)) / p.bytes_0 * p.bytes_1 AS DECIMAL(38, 12))
                    ELSE p.usd_at_old_prices
                END
            WHEN 'reads' THEN
                CASE
                    WHEN c.previous_s3_requests > 0
                    THEN CAST(
                        CAST(p.usd_0 AS DECIMAL(38, 20)) / c.previous_s3_requests * CAST(c.s3_requests AS DECIMAL(19, 0))
                        AS DECIMAL(38, 12)
                    )
                    ELSE p.usd_1
                END
            WHEN 'retrieval' THEN
                CASE
                    WHEN c.previous_s3_bytes > 0
                    THEN CAST(
                        CAST(p.usd_0 AS DECIMAL(38, 20)) / c.previous_s3_bytes * CAST(c.s3_bytes AS DECIMAL(19, 0))
                        AS DECIMAL(38, 12)
                    )
                    ELSE p.usd_1
                END
        END AS usd_by_growth,
        p.usd_at_old_prices
    FROM pairs c
    LEFT JOIN parts p ON p.month = c.month AND p.previous_month = c.previous_month
),
stepped AS (
    SELECT
        month,
        previous_month,
        days,
        previous_days,
        covered_days,
        previous_covered_days,
        previous_month_usd,
        month_usd,
        s.position,
        s.step,
        coalesce(
            sum(
                CASE s.step
                    WHEN 'days' THEN usd_by_days - usd_0
                    WHEN 'volume' THEN
                        CASE WHEN part IN ('egress', 'retrieval') THEN usd_by_growth - usd_by_days END
                    WHEN 'region_mix' THEN CASE part WHEN 'egress' THEN usd_at_old_prices - usd_by_growth END
                    WHEN 'tiers' THEN CASE part WHEN 'egress' THEN usd_1 - usd_at_old_prices END
                    WHEN 'hit_ratio' THEN
                        CASE WHEN part IN ('reads', 'retrieval') THEN usd_1 - usd_by_growth END
                    WHEN 'requests' THEN
                        CASE part WHEN 'requests' THEN usd_1 - usd_by_days WHEN 'reads' THEN usd_by_growth - usd_by_days END
                    WHEN 'other' THEN CASE WHEN part IN ('logged', 'fixed') THEN usd_1 - usd_by_days END
                END
            ),
            0
        ) AS usd
    FROM (
        VALUES
            (1, 'days'), (2, 'volume'), (3, 'region_mix'), (4, 'tiers'), (5, 'hit_ratio'), (6, 'requests'),
            (7, 'other')
    ) AS s (position, step)
    CROSS JOIN scaled
    GROUP BY
        month, previous_month, days, previous_days, covered_days, previous_covered_days, previous_month_usd,
        month_usd, s.position, s.step
),
rounded AS (
    SELECT
        *,
        -- Less than this is what rounding has left, and no step.
        CAST(round(usd, 6) AS DECIMAL(20, 6)) AS usd_exact,
        CAST(month_usd - previous_month_usd AS DECIMAL(20, 2)) AS change_usd
    FROM stepped
),
in_cents AS (
    SELECT
        *,
        largest_remainder(usd_exact, change_usd) OVER (PARTITION BY month, previous_month ORDER BY position) AS cents
    FROM rounded
)
SELECT
    month,
    previous_month,
    position,
    step,
    usd_exact,
    cents AS usd,
    CAST(
        previous_month_usd + sum(cents) OVER (PARTITION BY month, previous_month ORDER BY position) AS DECIMAL(20, 2)
    ) AS usd_so_far,
    previous_month_usd,
    month_usd,
    days,
    previous_days,
    covered_days,
    previous_covered_days,
    covered_days = days AND previous_covered_days = previous_days AS is_comparable,
    to_char(CAST(previous_month || '-01' AS DATE) + INTERVAL '1 month', '%Y-%m') = month AS is_next
FROM in_cents
