-- purpose: the month's cost by path
-- grain:   month, distribution, path
-- units:   bytes; requests a count; *_usd_exact in USD, *_usd in cents that sum to the month's
--          (largest remainder)
-- notes:   one pass over the requests; ask for a month
-- order:   month, distribution, path
WITH parts AS (
    SELECT
        month,
        distribution,
        name,
        path AS path,
        count(*) AS requests,
        sum(response_bytes) AS response_bytes,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact,
        CAST(sum(s3_usd) AS DECIMAL(38, 12)) AS s3_usd_exact
    FROM request_costs
    GROUP BY month, distribution, name, path
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY distribution, path) AS cloudfront_usd,
    largest_remainder(s3_usd_exact) OVER (PARTITION BY month ORDER BY distribution, path) AS s3_usd
FROM parts
