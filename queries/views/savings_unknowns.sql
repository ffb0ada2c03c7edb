-- purpose: what the month's savings would gain or lose by each thing that logs cannot tell
-- grain:   month, unknown
-- units:   USD in whole cents; change_usd is added to headline.savings_usd at the other end
-- notes:   each is the whole model with one setting at its other end; docs/cost-model.md says what
--          is assumed in the report and at the other end
-- order:   month, unknown
WITH ends AS (
    SELECT month, 'cloudfront_free_tier' AS unknown, origin, savings_usd FROM what_if('cloudfront_free_tier=false')
    UNION ALL
    SELECT month, 's3_free_tier', origin, savings_usd FROM what_if('s3_free_tier=false')
    UNION ALL
    SELECT month, 'waf', origin, savings_usd FROM what_if('waf=unbilled')
    UNION ALL
    SELECT month, 'header_bytes', origin, savings_usd FROM what_if('header_bytes=unbilled')
    UNION ALL
    SELECT month, 'edge_compression', origin, savings_usd FROM what_if('edge_compression=4')
    UNION ALL
    SELECT month, 'regional_caches', origin, savings_usd FROM what_if('regional_caches=absorb')
),
summed AS (
    SELECT month, unknown, coalesce(sum(savings_usd) FILTER (WHERE origin = 's3'), 0) AS savings_usd
    FROM ends
    GROUP BY month, unknown
)
SELECT
    e.month,
    e.unknown,
    CAST(e.savings_usd - h.savings_usd AS DECIMAL(20, 2)) AS change_usd
FROM summed e
JOIN headline h ON h.month = e.month
