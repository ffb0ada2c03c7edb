-- purpose: egress by billing region
-- order:   egress_bytes DESC, region
SELECT
    region,
    sum(response_bytes) AS egress_bytes,
    sum(requests) AS requests,
    CAST(CAST(sum(response_bytes) AS DECIMAL(26, 6)) / nullif(sum(sum(response_bytes)) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share
FROM regional_traffic
WHERE month = $month
    -- Of one distribution, or of all.
    AND $distribution IN ('', distribution)
GROUP BY region
ORDER BY egress_bytes DESC, region
