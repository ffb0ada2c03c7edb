-- purpose: the month's cost by billing region of the edge
-- grain:   month, distribution, region
-- units:   bytes; requests a count; *_usd_exact in USD, *_usd in cents that sum to the month's
--          (largest remainder)
-- notes:   the allocated costs by the region's part of each line
-- order:   month, distribution, region
WITH parts AS (
    SELECT
        month,
        distribution,
        name,
        region AS region,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact,
        CAST(sum(s3_usd) AS DECIMAL(38, 12)) AS s3_usd_exact
    FROM usage_costs
    GROUP BY month, distribution, name, region
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY distribution, region) AS cloudfront_usd,
    largest_remainder(s3_usd_exact) OVER (PARTITION BY month ORDER BY distribution, region) AS s3_usd
FROM parts
