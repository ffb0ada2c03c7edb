-- purpose: CloudFront data transfer out, through the tiers of each billing region
-- grain:   month, region, tier
-- units:   bytes; usd_per_gb per 2^30 bytes; usd rounded at 10^-12
-- notes:   tiers count over all distributions together, each region by itself. The always-free
--          allowance (settings.cloudfront_free_tier) is taken first, shared over the regions in
--          proportion to their bytes; tiers apply to the rest.
-- order:   month, region, tier
WITH regional AS (
    SELECT month, region, sum(quantity) AS bytes
    FROM line_quantities
    WHERE side = 'cloudfront' AND item = 'egress'
    GROUP BY month, region
),
running AS (
    -- Running totals make the shares exact: differences of rounded-down sums lose nothing.
    SELECT
        month,
        region,
        bytes,
        sum(bytes) OVER (PARTITION BY month) AS month_bytes,
        sum(bytes) OVER (PARTITION BY month ORDER BY region) AS bytes_so_far
    FROM regional
),
allowed AS (
    SELECT
        r.*,
        CAST(
            CASE WHEN s.cloudfront_free_tier THEN least(coalesce(a.free_bytes, 0), r.month_bytes) ELSE 0 END
            AS DECIMAL(19, 0)
        ) AS free_bytes
    FROM settings s
    CROSS JOIN running r
    LEFT JOIN cloudfront_allowances a
        ON a.valid_from <= r.month AND (a.valid_until IS NULL OR r.month < a.valid_until)
),
billable AS (
    SELECT
        month,
        region,
        bytes,
        bytes - CAST(
            floor(free_bytes * CAST(bytes_so_far AS DECIMAL(19, 0)) / nullif(month_bytes, 0))
            - floor(free_bytes * CAST(bytes_so_far - bytes AS DECIMAL(19, 0)) / nullif(month_bytes, 0))
            AS BIGINT
        ) AS billable_bytes
    FROM allowed
),
tiered AS (
    SELECT
        b.month,
        b.region,
        b.bytes AS region_bytes,
        b.billable_bytes AS region_billable_bytes,
        p.card,
        p.tier,
        p.usd_per_gb,
        greatest(least(b.billable_bytes, coalesce(p.tier_end_bytes, b.billable_bytes)) - p.tier_start_bytes, 0)
            AS tier_bytes
    FROM billable b
    JOIN cloudfront_egress_prices p
        ON p.region = b.region
        AND p.valid_from <= b.month AND (p.valid_until IS NULL OR b.month < p.valid_until)
)
SELECT
    *,
    CAST(CAST(tier_bytes AS DECIMAL(20, 0)) * usd_per_gb / 1073741824 AS DECIMAL(38, 12)) AS usd
FROM tiered
-- The first tier stays also when the allowance covers all: its traffic is a line of zero dollars.
WHERE tier_bytes > 0 OR tier = 1
