-- purpose: per distribution what CloudFront cost, what S3 would have cost, and the difference
-- grain:   month, distribution
-- units:   USD in whole cents; savings_ratio is savings / s3_usd with six decimals
-- notes:   savings_usd = s3_usd - cloudfront_usd and may be negative: then reason says why.
--          egress_savings_usd and request_savings_usd are its parts by cost line (rounded each by
--          itself). A distribution with a server origin has no S3 side: its s3_usd and savings
--          are NULL.
-- order:   month, distribution
WITH sides AS (
    SELECT
        month,
        distribution,
        name,
        origin,
        coalesce(sum(usd) FILTER (WHERE side = 'cloudfront'), 0) AS cloudfront_usd,
        CASE WHEN origin = 's3' THEN coalesce(sum(usd) FILTER (WHERE side = 's3'), 0) END AS s3_usd
    FROM distribution_cost
    GROUP BY month, distribution, name, origin
),
parts AS (
    SELECT
        month,
        distribution,
        sum(CASE side WHEN 's3' THEN usd ELSE -usd END) FILTER (WHERE item = 'egress') AS egress_usd,
        sum(CASE side WHEN 's3' THEN usd ELSE -usd END)
            FILTER (WHERE item IN ('requests', 'proxy_requests', 's3_origin_requests')) AS request_usd
    FROM allocated_costs
    WHERE origin = 's3'
    GROUP BY month, distribution
)
SELECT
    s.month,
    s.distribution,
    s.name,
    s.origin,
    CAST(s.cloudfront_usd AS DECIMAL(20, 2)) AS cloudfront_usd,
    CAST(s.s3_usd AS DECIMAL(20, 2)) AS s3_usd,
    CAST(s.s3_usd - s.cloudfront_usd AS DECIMAL(20, 2)) AS savings_usd,
    CAST(CAST(s.s3_usd - s.cloudfront_usd AS DECIMAL(26, 6)) / nullif(s.s3_usd, 0) AS DECIMAL(20, 6)) AS savings_ratio,
    CASE WHEN s.origin = 's3' THEN CAST(coalesce(p.egress_usd, 0) AS DECIMAL(20, 2)) END AS egress_savings_usd,
    CASE WHEN s.origin = 's3' THEN CAST(coalesce(p.request_usd, 0) AS DECIMAL(20, 2)) END AS request_savings_usd,
    CASE
        WHEN s.s3_usd IS NULL OR s.s3_usd >= s.cloudfront_usd THEN NULL
        WHEN p.egress_usd < 0 THEN 'edge_dearer'
        WHEN coalesce(p.egress_usd, 0) + coalesce(p.request_usd, 0) < 0 THEN 'small_objects'
        ELSE 'fees'
    END AS reason
FROM sides s
LEFT JOIN parts p ON p.month = s.month AND p.distribution = s.distribution
