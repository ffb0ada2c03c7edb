-- purpose: what each rule for legacy URLs carried, also where it met nothing
-- order:   requests DESC, rule_order, distribution
SELECT
    distribution,
    name,
    legacy_rule,
    rule_order,
    title,
    kind,
    requests,
    response_bytes AS egress_bytes,
    edge_requests,
    CAST(CAST(edge_requests AS DECIMAL(26, 6)) / nullif(requests, 0) AS DECIMAL(9, 6)) AS edge_share,
    forwarded_requests,
    CAST(CAST(forwarded_requests AS DECIMAL(26, 6)) / nullif(requests, 0) AS DECIMAL(9, 6)) AS forwarded_share,
    hit_requests,
    miss_requests,
    cloudfront_usd_exact
FROM legacy_urls
WHERE month = $month
ORDER BY requests DESC, rule_order, distribution
