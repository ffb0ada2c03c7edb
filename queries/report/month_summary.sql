-- purpose: the month and the one that it is compared with, side by side
-- order:   month DESC
-- Asked for one by one, each reads its own month only.
SELECT *
FROM (
    SELECT
        month, days, covered_days, requests, response_bytes AS egress_bytes, request_hit_ratio, byte_hit_ratio,
        cloudfront_usd, CAST(usd_per_tib AS DECIMAL(38, 12)) AS usd_per_tib, s3_usd, savings_usd, savings_ratio
    FROM month_series
    WHERE month = $month
    UNION ALL
    SELECT
        month, days, covered_days, requests, response_bytes, request_hit_ratio, byte_hit_ratio,
        cloudfront_usd, CAST(usd_per_tib AS DECIMAL(38, 12)), s3_usd, savings_usd, savings_ratio
    FROM month_series
    WHERE month = $previous
) AS both_months
ORDER BY month DESC
