-- purpose: the months side by side: what each carried, cost and saved
-- grain:   month
-- units:   bytes; requests a count; USD in whole cents; usd_per_tib per 2^40 bytes (AWS's TB);
--          ratios with six decimals; days UTC days
-- notes:   headline with the days: covered_days have requests. usd_per_tib is all of CloudFront's
--          side, fees too, by the bytes sent to viewers.
-- order:   month
WITH covered AS (
    SELECT
        month,
        CAST(
            date_part('day', date_trunc('month', min(date)) + INTERVAL '1 month' - INTERVAL '1 day') AS BIGINT
        ) AS days,
        count(DISTINCT date) AS covered_days,
        min(date) AS first_date,
        max(date) AS last_date
    FROM daily_traffic
    GROUP BY month
)
SELECT
    h.month,
    c.days,
    c.covered_days,
    c.first_date,
    c.last_date,
    h.requests,
    h.response_bytes,
    h.request_hit_ratio,
    h.byte_hit_ratio,
    h.cloudfront_usd,
    CAST(
        CAST(h.cloudfront_usd AS DECIMAL(38, 6)) * 1099511627776 / nullif(h.response_bytes, 0) AS DECIMAL(20, 6)
    ) AS usd_per_tib,
    h.cloudfront_s3_usd,
    h.s3_usd,
    h.savings_usd,
    h.savings_ratio
FROM headline h
JOIN covered c ON c.month = h.month
