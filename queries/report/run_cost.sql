-- purpose: what reading the month's log objects from S3 once costs: a GET each
-- order:   one row
WITH price AS (
    SELECT max(usd_per_request) AS usd_per_request
    FROM s3_request_prices
    WHERE region = 'us-east-1'
        AND valid_from <= $month AND (valid_until IS NULL OR $month < valid_until)
),
read AS (
    SELECT coalesce(sum(objects), 0) AS objects, coalesce(sum(size_bytes), 0) AS size_bytes
    FROM log_object_status
    WHERE month IN ($month, 'unnamed')
)
SELECT
    r.objects,
    r.size_bytes,
    p.usd_per_request,
    CAST(r.objects * p.usd_per_request AS DECIMAL(38, 12)) AS get_usd
FROM price p
CROSS JOIN read r
