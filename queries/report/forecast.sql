-- purpose: what the month, still running, will come to
-- order:   as_of
-- A past month whose last day is missing runs by its own data; a later month says that it is over.
WITH newest AS (
    SELECT max(month) AS month FROM months
)
SELECT
    f.as_of,
    f.method,
    f.days_in_month,
    f.days_with_data,
    f.remaining_days,
    f.history_days,
    CAST(max(f.so_far) FILTER (WHERE f.metric = 'egress_bytes') AS BIGINT) AS so_far_egress_bytes,
    CAST(max(f.expected) FILTER (WHERE f.metric = 'egress_bytes') AS BIGINT) AS expected_egress_bytes,
    CAST(max(f.low) FILTER (WHERE f.metric = 'egress_bytes') AS BIGINT) AS low_egress_bytes,
    CAST(max(f.high) FILTER (WHERE f.metric = 'egress_bytes') AS BIGINT) AS high_egress_bytes,
    CAST(max(f.so_far) FILTER (WHERE f.metric = 'requests') AS BIGINT) AS so_far_requests,
    CAST(max(f.expected) FILTER (WHERE f.metric = 'requests') AS BIGINT) AS expected_requests,
    CAST(max(f.low) FILTER (WHERE f.metric = 'requests') AS BIGINT) AS low_requests,
    CAST(max(f.high) FILTER (WHERE f.metric = 'requests') AS BIGINT) AS high_requests,
    CAST(max(f.so_far) FILTER (WHERE f.metric = 'cloudfront_usd') AS DECIMAL(20, 2)) AS so_far_cloudfront_usd,
    CAST(max(f.expected) FILTER (WHERE f.metric = 'cloudfront_usd') AS DECIMAL(20, 2)) AS expected_cloudfront_usd,
    CAST(max(f.low) FILTER (WHERE f.metric = 'cloudfront_usd') AS DECIMAL(20, 2)) AS low_cloudfront_usd,
    CAST(max(f.high) FILTER (WHERE f.metric = 'cloudfront_usd') AS DECIMAL(20, 2)) AS high_cloudfront_usd,
    CAST(max(f.so_far) FILTER (WHERE f.metric = 's3_usd') AS DECIMAL(20, 2)) AS so_far_s3_usd,
    CAST(max(f.expected) FILTER (WHERE f.metric = 's3_usd') AS DECIMAL(20, 2)) AS expected_s3_usd,
    CAST(max(f.low) FILTER (WHERE f.metric = 's3_usd') AS DECIMAL(20, 2)) AS low_s3_usd,
    CAST(max(f.high) FILTER (WHERE f.metric = 's3_usd') AS DECIMAL(20, 2)) AS high_s3_usd
FROM newest n
CROSS JOIN forecast f
WHERE f.month = $month AND n.month = $month
GROUP BY f.as_of, f.method, f.days_in_month, f.days_with_data, f.remaining_days, f.history_days
ORDER BY f.as_of
