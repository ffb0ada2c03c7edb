-- purpose: from what object size on CloudFront is cheaper than S3, per pair of regions
-- grain:   month, region, bucket_region, storage_class
-- units:   bytes, rounded down; USD per 2^30 bytes and per request
-- notes:   a cache hit over HTTPS, first tiers, no free allowances. verdict 'above': cheaper from
--          break_even_bytes on; 'below': cheaper up to them; 'never' and 'always' have none.
-- order:   month, region, bucket_region, storage_class
WITH pairs AS (
    SELECT
        g.month,
        e.region,
        g.bucket_region,
        g.storage_class,
        g.is_assumed,
        CAST(e.usd_per_gb * (1 - s.cloudfront_discount) AS DECIMAL(18, 9)) AS cloudfront_usd_per_gb,
        CAST(r.usd_per_request * (1 - s.cloudfront_discount) AS DECIMAL(20, 14)) AS cloudfront_usd_per_request,
        CAST(b.usd_per_gb + g.usd_per_gb AS DECIMAL(18, 9)) AS s3_usd_per_gb,
        CAST(g.usd_per_request AS DECIMAL(20, 14)) AS s3_usd_per_request
    FROM settings s
    CROSS JOIN s3_get_prices g
    JOIN cloudfront_egress_prices e
        ON e.tier = 1 AND e.valid_from <= g.month AND (e.valid_until IS NULL OR g.month < e.valid_until)
    JOIN cloudfront_request_prices r
        ON r.region = e.region AND r.protocol = 'https'
        AND r.valid_from <= g.month AND (r.valid_until IS NULL OR g.month < r.valid_until)
    JOIN s3_egress_prices b
        ON b.region = g.bucket_region AND b.tier = 1
        AND b.valid_from <= g.month AND (b.valid_until IS NULL OR g.month < b.valid_until)
)
SELECT
    month,
    region,
    bucket_region,
    storage_class,
    cloudfront_usd_per_gb,
    cloudfront_usd_per_request,
    s3_usd_per_gb,
    s3_usd_per_request,
    is_assumed,
    CASE
        WHEN s3_usd_per_gb > cloudfront_usd_per_gb AND cloudfront_usd_per_request > s3_usd_per_request THEN 'above'
        WHEN s3_usd_per_gb < cloudfront_usd_per_gb AND cloudfront_usd_per_request < s3_usd_per_request THEN 'below'
        WHEN s3_usd_per_gb >= cloudfront_usd_per_gb AND cloudfront_usd_per_request <= s3_usd_per_request THEN 'always'
        ELSE 'never'
    END AS verdict,
    CASE
        WHEN (s3_usd_per_gb > cloudfront_usd_per_gb AND cloudfront_usd_per_request > s3_usd_per_request)
            OR (s3_usd_per_gb < cloudfront_usd_per_gb AND cloudfront_usd_per_request < s3_usd_per_request)
        THEN CAST(
            floor(
                CAST((cloudfront_usd_per_request - s3_usd_per_request) * 1073741824 AS DECIMAL(38, 14))
                / (s3_usd_per_gb - cloudfront_usd_per_gb)
            )
            AS BIGINT
        )
    END AS break_even_bytes
FROM pairs
