-- purpose: per distribution what CloudFront cost, what S3 would have cost, and the difference
-- grain:   month, distribution
-- units:   USD in whole cents; savings_ratio is savings / s3_usd with six decimals
-- notes:   savings_usd = s3_usd - cloudfront_usd and may be negative. A distribution with a server
--          origin has no S3 side: its s3_usd and savings are NULL.
-- order:   month, distribution
WITH sides AS (
    SELECT
        month,
        distribution,
        name,
        origin,
        coalesce(sum(usd) FILTER (WHERE side = 'cloudfront'), 0) AS cloudfront_usd,
        CASE WHEN origin = 's3' THEN coalesce(sum(usd) FILTER (WHERE side = 's3'), 0) END AS s3_usd
    FROM distribution_cost
    GROUP BY month, distribution, name, origin
)
SELECT
    month,
    distribution,
    name,
    origin,
    CAST(cloudfront_usd AS DECIMAL(20, 2)) AS cloudfront_usd,
    CAST(s3_usd AS DECIMAL(20, 2)) AS s3_usd,
    CAST(s3_usd - cloudfront_usd AS DECIMAL(20, 2)) AS savings_usd,
    CAST(CAST(s3_usd - cloudfront_usd AS DECIMAL(26, 6)) / nullif(s3_usd, 0) AS DECIMAL(20, 6)) AS savings_ratio
FROM sides
