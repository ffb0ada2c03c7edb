-- purpose: traffic that no price card covers; a report with any such row would understate
-- grain:   month, side, region
-- units:   bytes
-- order:   month, side, region
WITH unpriced AS (
    SELECT u.month, 'cloudfront' AS side, u.region, sum(u.response_bytes) AS response_bytes
    FROM usage u
    LEFT JOIN cloudfront_egress_prices p
        ON p.region = u.region AND p.tier = 1
        AND p.valid_from <= u.month AND (p.valid_until IS NULL OR u.month < p.valid_until)
    WHERE p.region IS NULL
    GROUP BY u.month, u.region
    UNION ALL
    SELECT u.month, 's3' AS side, u.bucket_region AS region, sum(u.response_bytes) AS response_bytes
    FROM usage u
    LEFT JOIN s3_egress_prices p
        ON p.region = u.bucket_region AND p.tier = 1
        AND p.valid_from <= u.month AND (p.valid_until IS NULL OR u.month < p.valid_until)
    WHERE u.s3_would_serve AND p.region IS NULL
    GROUP BY u.month, u.bucket_region
)
SELECT month, side, region, sum(response_bytes) AS response_bytes
FROM unpriced
GROUP BY month, side, region
