-- question: How did bytes and cost change from day to day?
-- grain: one row a UTC day
-- units: bytes; requests are counts; USD rounded at 10^-4; change as a part of the day before, NULL where that
--        is of another month or has no requests
-- order: date
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH days AS (
    SELECT
        date,
        sum(requests) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd_exact) AS cloudfront_usd
    FROM daily_cost
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
    GROUP BY date
),
beside AS (
    SELECT d.*, b.egress_bytes AS bytes_before
    FROM days d
    -- The row before can be of an earlier day.
    LEFT JOIN days b ON b.date = d.date - INTERVAL '1 day'
)
SELECT
    date,
    requests,
    egress_bytes,
    CAST(CAST(egress_bytes - bytes_before AS DECIMAL(26, 6)) / nullif(bytes_before, 0) AS DECIMAL(18, 6))
        AS egress_change,
    CAST(cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd
FROM beside
ORDER BY date
