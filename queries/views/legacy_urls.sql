-- purpose: what each rule for legacy URLs keeps alive, also where it met nothing
-- grain:   month, distribution, legacy_rule
-- units:   bytes; requests counts; cloudfront_usd_exact in USD
-- notes:   a row for every rule and every distribution it applies to, in every month with traffic: 0
--          requests say that the rule could go. edge_requests were answered at the edge,
--          forwarded_requests reached the origin; hits, misses and the rest follow settings.hit_ratio.
-- order:   month, distribution, legacy_rule
WITH months AS (
    SELECT DISTINCT month FROM served_traffic
),
counted AS (
    SELECT
        month,
        distribution,
        legacy_rule,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(requests) FILTER (WHERE is_of_the_edge) AS edge_requests,
        sum(requests) FILTER (WHERE reaches_origin) AS forwarded_requests,
        sum(requests) FILTER (WHERE is_hit) AS hit_requests,
        sum(requests) FILTER (WHERE is_miss) AS miss_requests,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact
    FROM served_costs
    WHERE legacy_rule IS NOT NULL
    GROUP BY month, distribution, legacy_rule
)
SELECT
    m.month,
    a.distribution,
    a.name,
    a.legacy_rule,
    r.rule_order,
    r.title,
    r.kind,
    coalesce(c.requests, 0) AS requests,
    coalesce(c.response_bytes, 0) AS response_bytes,
    coalesce(c.edge_requests, 0) AS edge_requests,
    coalesce(c.forwarded_requests, 0) AS forwarded_requests,
    coalesce(c.hit_requests, 0) AS hit_requests,
    coalesce(c.miss_requests, 0) AS miss_requests,
    coalesce(c.cloudfront_usd_exact, 0) AS cloudfront_usd_exact
FROM months m
CROSS JOIN legacy_rule_distributions a
JOIN legacy_rules r ON r.legacy_rule = a.legacy_rule
LEFT JOIN counted c
    ON c.month = m.month AND c.distribution = a.distribution AND c.legacy_rule = a.legacy_rule
