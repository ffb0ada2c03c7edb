-- question: Which billing regions of the edge cost most, and what does a TiB cost there?
-- grain: one row a billing region
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; usd_per_tib per 2^40 bytes
-- order: cloudfront_usd from the largest, region
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
SELECT
    region,
    sum(requests) AS requests,
    sum(response_bytes) AS egress_bytes,
    sum(cloudfront_usd) AS cloudfront_usd,
    CAST(
        sum(cloudfront_usd_exact) * 1099511627776 / nullif(CAST(sum(response_bytes) AS DECIMAL(20, 0)), 0)
        AS DECIMAL(18, 2)
    ) AS usd_per_tib
FROM region_cost
WHERE month = $month
    AND ($distribution IS NULL OR $distribution IN (name, distribution))
GROUP BY region
ORDER BY cloudfront_usd DESC, region
