-- purpose: what S3 takes for reads: for serving viewers, and behind CloudFront for misses and
--          revalidations
-- grain:   month, side, item, bucket_region, storage_class
-- units:   quantity in requests, or in bytes for retrieval; usd rounded at 10^-12
-- notes:   side 's3' is the counterfactual, side 'cloudfront' what is paid today (an upper bound)
-- order:   month, side, item, bucket_region, storage_class
WITH reads AS (
    SELECT month, side, item, region AS bucket_region, storage_class, unit, sum(quantity) AS quantity
    FROM line_quantities
    WHERE item IN ('s3_origin_requests', 's3_origin_retrieval', 'retrieval')
        OR (side = 's3' AND item = 'requests')
    GROUP BY month, side, item, region, storage_class, unit
)
SELECT
    r.*,
    p.is_assumed,
    CASE r.unit WHEN 'bytes' THEN p.usd_per_gb ELSE p.usd_per_request END AS usd_per_unit,
    CASE r.unit
        WHEN 'bytes' THEN CAST(CAST(r.quantity AS DECIMAL(20, 0)) * p.usd_per_gb / 1073741824 AS DECIMAL(38, 12))
        ELSE CAST(CAST(r.quantity AS DECIMAL(20, 0)) * p.usd_per_request AS DECIMAL(38, 12))
    END AS usd
FROM reads r
JOIN s3_get_prices p
    ON p.month = r.month AND p.bucket_region = r.bucket_region AND p.storage_class = r.storage_class
