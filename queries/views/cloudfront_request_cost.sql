-- purpose: CloudFront request fees
-- grain:   month, region, billing_protocol, item
-- units:   requests a count; usd rounded at 10^-12
-- notes:   item is proxy_requests for proxy methods (POST, PUT, PATCH, DELETE, OPTIONS), which
--          have usage types of their own at the same price, and requests for the others. The always-free requests are shared in proportion to the requests.
-- order:   month, region, billing_protocol, item
WITH regional AS (
    SELECT month, region, protocol AS billing_protocol, item, sum(quantity) AS requests
    FROM line_quantities
    WHERE side = 'cloudfront' AND item IN ('requests', 'proxy_requests')
    GROUP BY month, region, protocol, item
),
running AS (
    SELECT
        *,
        sum(requests) OVER (PARTITION BY month) AS month_requests,
        sum(requests) OVER (PARTITION BY month ORDER BY region, billing_protocol, item) AS requests_so_far
    FROM regional
),
allowed AS (
    SELECT
        r.*,
        CAST(
            CASE WHEN s.cloudfront_free_tier THEN least(coalesce(a.free_requests, 0), r.month_requests) ELSE 0 END
            AS DECIMAL(19, 0)
        ) AS free_requests
    FROM settings s
    CROSS JOIN running r
    LEFT JOIN cloudfront_allowances a
        ON a.valid_from <= r.month AND (a.valid_until IS NULL OR r.month < a.valid_until)
),
billable AS (
    SELECT
        month,
        region,
        billing_protocol,
        item,
        requests,
        requests - CAST(
            floor(free_requests * CAST(requests_so_far AS DECIMAL(19, 0)) / nullif(month_requests, 0))
            - floor(free_requests * CAST(requests_so_far - requests AS DECIMAL(19, 0)) / nullif(month_requests, 0))
            AS BIGINT
        ) AS billable_requests
    FROM allowed
)
SELECT
    b.*,
    p.card,
    p.usd_per_request,
    CAST(CAST(b.billable_requests AS DECIMAL(20, 0)) * p.usd_per_request AS DECIMAL(38, 12)) AS usd
FROM billable b
JOIN cloudfront_request_prices p
    ON p.region = b.region AND p.protocol = b.billing_protocol
    AND p.valid_from <= b.month AND (p.valid_until IS NULL OR b.month < p.valid_until)
