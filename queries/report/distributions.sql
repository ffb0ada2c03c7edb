-- purpose: traffic, settings, costs and savings of each distribution
-- order:   egress_bytes DESC, distribution
-- Left joins: a distribution that lacks a cost must fail the report, not go missing.
SELECT
    t.distribution,
    t.name,
    t.origin,
    t.bucket_region,
    d.price_class,
    CASE t.origin WHEN 's3' THEN d.storage_class END AS storage_class,
    d.plan,
    d.is_configured,
    t.response_bytes AS egress_bytes,
    t.requests,
    h.request_hit_ratio,
    h.byte_hit_ratio,
    s.cloudfront_usd,
    s.s3_usd,
    s.savings_usd,
    s.savings_ratio,
    CASE t.origin WHEN 's3' THEN s.egress_savings_usd END AS egress_savings_usd,
    CASE t.origin WHEN 's3' THEN s.request_savings_usd END AS request_savings_usd,
    s.reason
FROM monthly_traffic t
LEFT JOIN distributions d ON d.distribution = t.distribution
LEFT JOIN hit_ratio h ON h.month = t.month AND h.distribution = t.distribution
LEFT JOIN savings s ON s.month = t.month AND s.distribution = t.distribution
WHERE t.month = $month
ORDER BY egress_bytes DESC, distribution
