-- purpose: what S3 takes for a read, for every bucket region and storage class in use; where the
--          card has no price, the dearest known of the class
-- grain:   month, bucket_region, storage_class
-- units:   USD per request, and per 2^30 bytes retrieved
-- notes:   is_assumed marks prices that are not on the card
-- order:   month, bucket_region, storage_class
WITH wanted AS (
    SELECT DISTINCT month, bucket_region, storage_class FROM usage WHERE origin = 's3'
),
known AS (
    SELECT 'standard' AS storage_class, 'get' AS kind, region, usd_per_request AS usd, valid_from, valid_until
    FROM s3_request_prices
    UNION ALL
    SELECT substr(item, strpos(item, '-') + 1),
        split_part(item, '-', 1), region, usd_per_unit, valid_from, valid_until
    FROM other_prices
    WHERE service = 's3' AND (item LIKE 'get-%' OR item LIKE 'retrieval-%')
),
dearest AS (
    SELECT w.month, k.storage_class, k.kind, max(k.usd) AS usd
    FROM (SELECT DISTINCT month FROM wanted) w
    JOIN known k ON k.valid_from <= w.month AND (k.valid_until IS NULL OR w.month < k.valid_until)
    GROUP BY w.month, k.storage_class, k.kind
)
SELECT
    w.month,
    w.bucket_region,
    w.storage_class,
    g.usd IS NULL OR (r.usd IS NULL AND dr.usd IS NOT NULL) AS is_assumed,
    coalesce(g.usd, dg.usd) AS usd_per_request,
    coalesce(r.usd, dr.usd, 0) AS usd_per_gb
FROM wanted w
JOIN dearest dg ON dg.month = w.month AND dg.storage_class = w.storage_class AND dg.kind = 'get'
LEFT JOIN dearest dr ON dr.month = w.month AND dr.storage_class = w.storage_class AND dr.kind = 'retrieval'
LEFT JOIN known g
    ON g.storage_class = w.storage_class AND g.kind = 'get' AND g.region = w.bucket_region
    AND g.valid_from <= w.month AND (g.valid_until IS NULL OR w.month < g.valid_until)
LEFT JOIN known r
    ON r.storage_class = w.storage_class AND r.kind = 'retrieval' AND r.region = w.bucket_region
    AND r.valid_from <= w.month AND (r.valid_until IS NULL OR w.month < r.valid_until)
