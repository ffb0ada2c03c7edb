-- question: How did the hit ratio of each distribution change from day to day?
-- grain: one row a distribution and UTC day
-- units: bytes; requests are counts; ratios from 0 to 1; change in ratio against the day before
-- order: distribution, date
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH days AS (
    SELECT
        name,
        date,
        requests,
        response_bytes,
        CAST(CAST(hit_requests AS DECIMAL(26, 6)) / nullif(ratio_requests, 0) AS DECIMAL(9, 6)) AS request_hit_ratio
    FROM daily_traffic
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
)
SELECT
    name AS distribution,
    date,
    requests,
    response_bytes AS egress_bytes,
    request_hit_ratio,
    request_hit_ratio - lag(request_hit_ratio) OVER (PARTITION BY name ORDER BY date) AS change
FROM days
ORDER BY distribution, date
