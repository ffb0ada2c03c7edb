-- purpose: traffic of each day
-- order:   date
SELECT
    date,
    sum(response_bytes) AS egress_bytes,
    sum(requests) AS requests,
    CAST(CAST(sum(hit_requests) AS DECIMAL(20, 6)) / nullif(sum(ratio_requests), 0) AS DECIMAL(9, 6))
        AS request_hit_ratio
FROM daily_traffic
WHERE month = $month
    -- Of one distribution, or of all.
    AND $distribution IN ('', distribution)
GROUP BY date
ORDER BY date
