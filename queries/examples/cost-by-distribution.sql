-- question: What did each distribution cost, and what would S3 alone have cost?
-- grain: one row a distribution
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; shares from 0 to 1
-- order: cloudfront_usd from the largest, distribution
-- param: month text newest  UTC month, YYYY-MM
SELECT
    s.name AS distribution,
    h.hit_requests + h.miss_requests + h.other_requests AS requests,
    h.hit_bytes + h.miss_bytes + h.other_bytes AS egress_bytes,
    s.cloudfront_usd,
    CAST(
        CAST(s.cloudfront_usd AS DECIMAL(28, 6)) / nullif(sum(s.cloudfront_usd) OVER (), 0) AS DECIMAL(9, 6)
    ) AS cost_share,
    s.s3_usd,
    s.savings_usd,
    s.reason
FROM savings s
LEFT JOIN hit_ratio h ON h.month = s.month AND h.distribution = s.distribution
WHERE s.month = $month
ORDER BY cloudfront_usd DESC, distribution
