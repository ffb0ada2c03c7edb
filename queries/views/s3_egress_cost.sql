-- purpose: what S3 would have charged for sending the same bytes to the internet
-- grain:   month, bucket_region, tier
-- units:   bytes; usd_per_gb per 2^30 bytes; usd rounded at 10^-12
-- notes:   only what S3 would have served (usage.s3_would_serve). Tiers count over all
--          distributions of a bucket region. The free allowance (settings.s3_free_tier) is shared
--          over the regions in proportion to their bytes and, by settings.s3_free_tier_method,
--          taken before the tiers (as the price list says) or out of the first tier (as AWS's
--          older published example does).
-- order:   month, bucket_region, tier
WITH regional AS (
    SELECT month, region AS bucket_region, sum(quantity) AS bytes
    FROM line_quantities
    WHERE side = 's3' AND item = 'egress'
    GROUP BY month, region
),
running AS (
    SELECT
        *,
        sum(bytes) OVER (PARTITION BY month) AS month_bytes,
        sum(bytes) OVER (PARTITION BY month ORDER BY bucket_region) AS bytes_so_far
    FROM regional
),
allowed AS (
    SELECT
        r.*,
        s.s3_free_tier_method = 'within_first_tier' AS within_first_tier,
        CAST(
            CASE WHEN s.s3_free_tier THEN least(coalesce(a.free_bytes, 0), r.month_bytes) ELSE 0 END AS DECIMAL(19, 0)
        ) AS month_free_bytes
    FROM settings s
    CROSS JOIN running r
    LEFT JOIN s3_allowances a
        ON a.valid_from <= r.month AND (a.valid_until IS NULL OR r.month < a.valid_until)
),
shared AS (
    SELECT
        month,
        bucket_region,
        bytes,
        within_first_tier,
        CAST(
            floor(month_free_bytes * CAST(bytes_so_far AS DECIMAL(19, 0)) / nullif(month_bytes, 0))
            - floor(month_free_bytes * CAST(bytes_so_far - bytes AS DECIMAL(19, 0)) / nullif(month_bytes, 0))
            AS BIGINT
        ) AS free_bytes
    FROM allowed
),
ladder AS (
    SELECT
        *,
        CASE WHEN within_first_tier THEN bytes ELSE bytes - free_bytes END AS ladder_bytes
    FROM shared
),
tiered AS (
    SELECT
        l.month,
        l.bucket_region,
        l.bytes AS region_bytes,
        l.bytes - l.free_bytes AS region_billable_bytes,
        p.card,
        p.tier,
        p.usd_per_gb,
        greatest(
            least(l.ladder_bytes, coalesce(p.tier_end_bytes, l.ladder_bytes)) - p.tier_start_bytes
            - CASE WHEN l.within_first_tier AND p.tier = 1 THEN l.free_bytes ELSE 0 END,
            0
        ) AS tier_bytes
    FROM ladder l
    JOIN s3_egress_prices p
        ON p.region = l.bucket_region
        AND p.valid_from <= l.month AND (p.valid_until IS NULL OR l.month < p.valid_until)
)
SELECT
    *,
    CAST(CAST(tier_bytes AS DECIMAL(20, 0)) * usd_per_gb / 1073741824 AS DECIMAL(38, 12)) AS usd
FROM tiered
-- The first tier stays also when the allowance covers all: its traffic is a line of zero dollars.
WHERE tier_bytes > 0 OR tier = 1
