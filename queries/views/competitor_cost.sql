-- purpose: the month's CloudFront traffic at other providers' public list prices
-- grain:   month, provider, plan
-- units:   USD in whole cents; bytes
-- notes:   list prices of the day in `seen`. unpriced_bytes went to regions for which no price is
--          published: where there are any, usd is too low. not_comparable says what else is.
-- order:   month, unpriced_bytes, usd, provider, plan
WITH regional AS (
    -- Where the edge is, whatever CloudFront bills it as; unknown edges as they are billed.
    SELECT
        month,
        CASE WHEN edge_known THEN edge_region ELSE region END AS region,
        sum(response_bytes) AS bytes,
        sum(requests) AS requests
    FROM usage
    GROUP BY 1, 2
),
whole AS (
    SELECT month, region, bytes, requests FROM regional
    UNION ALL
    SELECT month, 'all', sum(bytes), sum(requests) FROM regional GROUP BY month
),
offers AS (
    SELECT
        provider,
        coalesce(plan, '') AS plan,
        max(usd_per_request) AS usd_per_request,
        max(free_requests) AS free_requests,
        max(usd_per_month) AS usd_per_month,
        max(not_comparable) AS not_comparable,
        max(seen) AS seen,
        min(CASE confidence WHEN 'low' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END) AS sureness
    FROM competitor_prices
    GROUP BY provider, plan
),
transfer AS (
    SELECT
        w.month,
        p.provider,
        coalesce(p.plan, '') AS plan,
        sum(
            CAST(
                CAST(
                    greatest(least(w.bytes, coalesce(p.tier_end_bytes, w.bytes)) - p.tier_start_bytes, 0)
                    AS DECIMAL(20, 0)
                ) * p.usd_per_gb / p.bytes_per_gb AS DECIMAL(38, 12)
            )
        ) AS usd,
        sum(CASE p.tier WHEN 1 THEN w.bytes END) AS priced_bytes,
        sum(CASE p.tier WHEN 1 THEN w.requests END) AS priced_requests
    FROM whole w
    JOIN competitor_prices p ON p.region = w.region
    GROUP BY w.month, p.provider, p.plan
)
SELECT
    t.month,
    t.provider,
    t.plan,
    CAST(
        t.usd + o.usd_per_month
            + CAST(greatest(t.priced_requests - o.free_requests, 0) AS DECIMAL(20, 0)) * o.usd_per_request
        AS DECIMAL(20, 2)
    ) AS usd,
    m.bytes - t.priced_bytes AS unpriced_bytes,
    o.seen,
    CASE o.sureness WHEN 0 THEN 'low' WHEN 1 THEN 'medium' ELSE 'high' END AS confidence,
    o.not_comparable
FROM transfer t
JOIN offers o ON o.provider = t.provider AND o.plan = t.plan
JOIN whole m ON m.month = t.month AND m.region = 'all'
