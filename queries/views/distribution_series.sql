-- purpose: the months side by side for each distribution
-- grain:   month, distribution
-- units:   bytes; requests a count; USD in whole cents; usd_per_tib per 2^40 bytes (AWS's TB);
--          ratios with six decimals; days UTC days
-- notes:   cost_share is the distribution's part of the month's CloudFront side. covered_days have
--          requests of the distribution. s3_usd and savings are NULL for a server origin.
-- order:   month, distribution
WITH covered AS (
    SELECT month, distribution, count(DISTINCT date) AS covered_days
    FROM daily_traffic
    GROUP BY month, distribution
)
SELECT
    s.month,
    s.distribution,
    s.name,
    s.origin,
    coalesce(c.covered_days, 0) AS covered_days,
    coalesce(h.hit_requests + h.miss_requests + h.other_requests, 0) AS requests,
    coalesce(h.hit_bytes + h.miss_bytes + h.other_bytes, 0) AS response_bytes,
    h.request_hit_ratio,
    h.byte_hit_ratio,
    s.cloudfront_usd,
    CAST(
        CAST(s.cloudfront_usd AS DECIMAL(26, 6))
        / nullif(sum(s.cloudfront_usd) OVER (PARTITION BY s.month), 0) AS DECIMAL(9, 6)
    ) AS cost_share,
    CAST(
        CAST(s.cloudfront_usd AS DECIMAL(38, 6)) * 1099511627776
        / nullif(h.hit_bytes + h.miss_bytes + h.other_bytes, 0) AS DECIMAL(20, 6)
    ) AS usd_per_tib,
    s.s3_usd,
    s.savings_usd,
    s.savings_ratio
FROM savings s
LEFT JOIN covered c ON c.month = s.month AND c.distribution = s.distribution
LEFT JOIN hit_ratio h ON h.month = s.month AND h.distribution = s.distribution
