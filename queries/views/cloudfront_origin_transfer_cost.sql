-- purpose: CloudFront's fee for bytes that proxy methods send to the origin
-- grain:   month, region
-- units:   bytes; usd_per_gb per 2^30 bytes; usd rounded at 10^-12
-- order:   month, region
WITH regional AS (
    SELECT month, region, sum(quantity) AS bytes
    FROM line_quantities
    WHERE item = 'origin_transfer'
    GROUP BY month, region
)
SELECT
    r.month,
    r.region,
    r.bytes,
    p.card,
    p.usd_per_gb,
    CAST(CAST(r.bytes AS DECIMAL(20, 0)) * p.usd_per_gb / 1073741824 AS DECIMAL(38, 12)) AS usd
FROM regional r
JOIN cloudfront_origin_transfer_prices p
    ON p.region = r.region
    AND p.valid_from <= r.month AND (p.valid_until IS NULL OR r.month < p.valid_until)
