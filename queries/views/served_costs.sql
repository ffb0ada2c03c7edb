-- purpose: what is served and to whom, with its share of the month's cost
-- grain:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          path_group, legacy_rule, content_type, user_agent_family
-- units:   bytes; requests a count; USD, rounded at 10^-24 a byte and a request
-- notes:   is_hit and is_miss follow settings.hit_ratio; is_of_the_edge: answered without asking the
--          cache or the origin; reaches_origin: forwarded, also to see whether a copy is still good
-- order:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          path_group, legacy_rule, content_type, user_agent_family
SELECT
    s.*,
    u.name,
    u.is_hit,
    u.is_miss,
    u.is_of_the_edge,
    u.reaches_origin,
    s.response_bytes * coalesce(u.usd_per_response_byte, 0)
        + s.request_bytes * coalesce(u.usd_per_request_byte, 0)
        + s.requests * u.usd_per_request
        AS cloudfront_usd,
    s.response_bytes * coalesce(u.s3_usd_per_response_byte, 0)
        + s.requests * u.s3_usd_per_request AS s3_usd
FROM served_traffic s
JOIN usage_rates u
    ON u.month = s.month
    AND u.distribution = s.distribution
    AND u.edge_region = s.edge_region
    AND u.method = s.method
    AND u.billing_protocol = s.billing_protocol
    AND u.status_class = s.status_class
    AND u.is_forbidden = s.is_forbidden
    AND u.is_compressible = s.is_compressible
    AND u.cache_result = s.cache_result
    AND u.detailed_result_type = s.detailed_result_type
