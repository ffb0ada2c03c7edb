-- purpose: where each egress ladder stands at the month's end: its tier, and how far the next one is
-- grain:   month, side, region
-- units:   bytes; *_usd_per_gb per 2^30 bytes, as on the price card (before
--          settings.cloudfront_discount)
-- notes:   the tier is the one that the next byte falls into: a ladder filled to the byte stands in
--          the tier after. ladder_bytes is what climbs it: bytes less free_bytes, or all bytes of S3
--          where the allowance comes out of the first tier. Regions are CloudFront's billing
--          regions, or the bucket's; ladders count over all distributions. The last tier has no end.
-- order:   month, side, region
WITH climbed AS (
    SELECT
        'cloudfront' AS side,
        month,
        region,
        max(region_bytes) AS bytes,
        max(region_billable_bytes) AS billable_bytes,
        max(region_billable_bytes) AS ladder_bytes
    FROM cloudfront_egress_cost
    GROUP BY month, region
    UNION ALL
    SELECT
        's3',
        c.month,
        c.bucket_region,
        max(c.region_bytes),
        max(c.region_billable_bytes),
        max(
            CASE s.s3_free_tier_method WHEN 'within_first_tier' THEN c.region_bytes ELSE c.region_billable_bytes END
        )
    FROM settings s
    CROSS JOIN s3_egress_cost c
    GROUP BY c.month, c.bucket_region
),
prices AS (
    SELECT 'cloudfront' AS side, region, valid_from, valid_until, tier, tier_start_bytes, tier_end_bytes, usd_per_gb
    FROM cloudfront_egress_prices
    UNION ALL
    SELECT 's3', region, valid_from, valid_until, tier, tier_start_bytes, tier_end_bytes, usd_per_gb
    FROM s3_egress_prices
),
ladders AS (
    SELECT
        c.*,
        p.tier,
        p.tier_start_bytes,
        p.tier_end_bytes,
        p.usd_per_gb,
        lead(p.usd_per_gb) OVER (PARTITION BY c.month, c.side, c.region ORDER BY p.tier) AS next_usd_per_gb,
        count(*) OVER (PARTITION BY c.month, c.side, c.region) AS tiers
    FROM climbed c
    JOIN prices p
        ON p.side = c.side AND p.region = c.region
        AND p.valid_from <= c.month AND (p.valid_until IS NULL OR c.month < p.valid_until)
)
SELECT
    month,
    side,
    region,
    bytes,
    bytes - billable_bytes AS free_bytes,
    ladder_bytes,
    CAST(tier AS BIGINT) AS tier,
    tiers,
    tier_start_bytes,
    tier_end_bytes,
    usd_per_gb,
    tier_end_bytes - ladder_bytes AS bytes_to_next_tier,
    next_usd_per_gb
FROM ladders
WHERE tier_start_bytes <= ladder_bytes AND (tier_end_bytes IS NULL OR ladder_bytes < tier_end_bytes)
