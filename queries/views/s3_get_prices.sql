-- purpose: a GET price for every bucket region in use; where the card has none, the dearest known
-- grain:   month, bucket_region
-- units:   USD per request
-- notes:   is_assumed marks the regions whose price is not on the card
-- order:   month, bucket_region
WITH wanted AS (
    SELECT DISTINCT month, bucket_region FROM usage WHERE origin = 's3'
),
dearest AS (
    SELECT w.month, max(p.usd_per_request) AS usd_per_request
    FROM wanted w
    JOIN s3_request_prices p
        ON p.valid_from <= w.month AND (p.valid_until IS NULL OR w.month < p.valid_until)
    GROUP BY w.month
)
SELECT
    w.month,
    w.bucket_region,
    p.usd_per_request IS NULL AS is_assumed,
    coalesce(p.usd_per_request, d.usd_per_request) AS usd_per_request
FROM wanted w
JOIN dearest d ON d.month = w.month
LEFT JOIN s3_request_prices p
    ON p.region = w.bucket_region
    AND p.valid_from <= w.month AND (p.valid_until IS NULL OR w.month < p.valid_until)
