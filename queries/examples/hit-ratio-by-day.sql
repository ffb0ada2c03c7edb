-- question: How did the hit ratio of each distribution change from day to day?
-- grain: one row a distribution and UTC day
-- units: bytes; requests are counts; ratios from 0 to 1; change in ratio against the day before, NULL where
--        that is of another month or has no requests
-- order: distribution, date
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH days AS (
    SELECT
        distribution,
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
    d.name AS distribution,
    d.date,
    d.requests,
    d.response_bytes AS egress_bytes,
    d.request_hit_ratio,
    d.request_hit_ratio - b.request_hit_ratio AS change
FROM days d
-- The row before can be of an earlier day.
LEFT JOIN days b ON b.distribution = d.distribution AND b.date = d.date - INTERVAL '1 day'
ORDER BY distribution, d.date
