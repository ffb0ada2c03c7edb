-- purpose: the month in one row
-- grain:   month
-- units:   bytes; requests a count; USD in whole cents; ratios with six decimals
-- notes:   cloudfront_usd is all distributions; cloudfront_s3_usd only those with an S3 origin,
--          which s3_usd is compared with: savings_usd = s3_usd - cloudfront_s3_usd
-- order:   month
WITH traffic AS (
    SELECT
        month,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        coalesce(sum(requests) FILTER (WHERE is_hit), 0) AS hit_requests,
        coalesce(sum(requests) FILTER (WHERE in_ratio), 0) AS ratio_requests,
        coalesce(sum(response_bytes) FILTER (WHERE is_hit), 0) AS hit_bytes,
        coalesce(sum(response_bytes) FILTER (WHERE in_ratio), 0) AS ratio_bytes
    FROM usage
    GROUP BY month
),
money AS (
    SELECT
        month,
        sum(cloudfront_usd) AS cloudfront_usd,
        coalesce(sum(cloudfront_usd) FILTER (WHERE origin = 's3'), 0) AS cloudfront_s3_usd,
        sum(s3_usd) AS s3_usd
    FROM savings
    GROUP BY month
)
SELECT
    t.month,
    t.requests,
    t.response_bytes,
    CAST(CAST(t.hit_requests AS DECIMAL(20, 6)) / nullif(t.ratio_requests, 0) AS DECIMAL(9, 6)) AS request_hit_ratio,
    CAST(CAST(t.hit_bytes AS DECIMAL(26, 6)) / nullif(t.ratio_bytes, 0) AS DECIMAL(9, 6)) AS byte_hit_ratio,
    CAST(m.cloudfront_usd AS DECIMAL(20, 2)) AS cloudfront_usd,
    CAST(m.cloudfront_s3_usd AS DECIMAL(20, 2)) AS cloudfront_s3_usd,
    CAST(m.s3_usd AS DECIMAL(20, 2)) AS s3_usd,
    CAST(m.s3_usd - m.cloudfront_s3_usd AS DECIMAL(20, 2)) AS savings_usd,
    CAST(
        CAST(m.s3_usd - m.cloudfront_s3_usd AS DECIMAL(26, 6)) / nullif(m.s3_usd, 0) AS DECIMAL(20, 6)
    ) AS savings_ratio
FROM traffic t
JOIN money m ON m.month = t.month
