-- purpose: GET fees of S3: what it would have charged for serving viewers, and what it charges
--          behind CloudFront for misses and revalidations
-- grain:   month, side, bucket_region
-- units:   requests a count; usd rounded at 10^-12
-- notes:   side 's3' is the counterfactual, side 'cloudfront' what is paid today (an upper bound)
-- order:   month, side, bucket_region
WITH sides AS (
    SELECT month, 's3' AS side, bucket_region, sum(requests) AS requests
    FROM usage
    WHERE s3_would_serve
    GROUP BY month, bucket_region
    UNION ALL
    SELECT month, 'cloudfront' AS side, bucket_region, sum(requests) AS requests
    FROM usage
    WHERE origin = 's3' AND reaches_origin
    GROUP BY month, bucket_region
)
SELECT
    s.month,
    s.side,
    s.bucket_region,
    s.requests,
    p.usd_per_request,
    p.is_assumed,
    CAST(CAST(s.requests AS DECIMAL(20, 0)) * p.usd_per_request AS DECIMAL(38, 12)) AS usd
FROM sides s
JOIN s3_get_prices p ON p.month = s.month AND p.bucket_region = s.bucket_region
