-- purpose: the tiers of the ladders that the month climbed
-- order:   side, region, tier
WITH climbed AS (
    SELECT side, region FROM tier_positions WHERE month = $month
),
prices AS (
    SELECT 'cloudfront' AS side, region, valid_from, valid_until, CAST(tier AS BIGINT) AS tier, tier_start_bytes, tier_end_bytes, usd_per_gb
    FROM cloudfront_egress_prices
    UNION ALL
    SELECT 's3', region, valid_from, valid_until, CAST(tier AS BIGINT) AS tier, tier_start_bytes, tier_end_bytes, usd_per_gb
    FROM s3_egress_prices
)
SELECT
    c.side,
    c.region,
    p.tier,
    p.tier_start_bytes,
    p.tier_end_bytes,
    CAST(p.usd_per_gb AS DECIMAL(38, 12)) AS usd_per_gb
FROM climbed c
JOIN prices p ON p.side = c.side AND p.region = c.region
WHERE p.valid_from <= $month AND (p.valid_until IS NULL OR $month < p.valid_until)
ORDER BY c.side, c.region, p.tier
