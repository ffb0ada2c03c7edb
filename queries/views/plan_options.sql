-- purpose: each flat-rate plan against what each distribution adds to the month's bill
-- grain:   month, distribution, plan
-- units:   USD; requests a count; bytes
-- notes:   marginal_usd is what the month would cost less without the distribution, its S3 reads
--          left out: a plan does not pay those either way. covers: its traffic is within the
--          plan's allowance; beyond it AWS may serve from fewer edges, and charges nothing more.
-- order:   month, distribution, plan_usd
WITH loads AS (
    SELECT month, distribution, name, sum(requests) AS requests, sum(response_bytes) AS response_bytes
    FROM usage
    WHERE plan IS NULL
    GROUP BY month, distribution, name
),
reads AS (
    SELECT month, distribution, sum(usd) AS usd
    FROM average_costs
    WHERE item IN ('s3_origin_requests', 's3_origin_retrieval')
    GROUP BY month, distribution
),
without AS (
    SELECT month, member, usd_exact AS usd FROM each_distribution('without') WHERE side = 'cloudfront'
)
SELECT
    l.month,
    l.distribution,
    l.name,
    p.plan,
    CAST(p.usd_per_month AS DECIMAL(20, 2)) AS plan_usd,
    CAST(m.usd_exact - coalesce(w.usd, 0) - coalesce(r.usd, 0) AS DECIMAL(20, 2)) AS marginal_usd,
    CAST(m.usd_exact - coalesce(w.usd, 0) - coalesce(r.usd, 0) - p.usd_per_month AS DECIMAL(20, 2)) AS plan_saves_usd,
    l.requests <= p.requests AND l.response_bytes <= p.bytes AS covers,
    l.requests,
    p.requests AS plan_requests,
    l.response_bytes,
    p.bytes AS plan_bytes
FROM loads l
JOIN monthly_cost m ON m.month = l.month AND m.side = 'cloudfront'
JOIN cloudfront_plans p ON p.valid_from <= l.month AND (p.valid_until IS NULL OR l.month < p.valid_until)
LEFT JOIN without w ON w.month = l.month AND w.member = l.distribution
LEFT JOIN reads r ON r.month = l.month AND r.distribution = l.distribution
