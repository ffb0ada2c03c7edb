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
    forwarded_requests,
    hit_requests,
    miss_requests,
    cloudfront_usd_exact
FROM legacy_urls
WHERE month = $month
ORDER BY requests DESC, rule_order, distribution
