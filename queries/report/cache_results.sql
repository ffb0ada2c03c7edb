-- purpose: requests by decision of the cache
-- order:   requests DESC, cache_result
SELECT
    cache_result,
    sum(requests) AS requests,
    sum(response_bytes) AS egress_bytes,
    CAST(CAST(sum(requests) AS DECIMAL(26, 6)) / nullif(sum(sum(requests)) OVER (), 0) AS DECIMAL(9, 6))
        AS request_share,
    CAST(CAST(sum(response_bytes) AS DECIMAL(26, 6)) / nullif(sum(sum(response_bytes)) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share
FROM cache_results
WHERE month = $month
    -- Of one distribution, or of all.
    AND $distribution IN ('', distribution)
GROUP BY cache_result
ORDER BY requests DESC, cache_result
