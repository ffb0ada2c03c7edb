-- purpose: the traffic with what it means: billing region, hits, and who bills which part of it
-- grain:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
-- units:   bytes and counts; dates are UTC
-- notes:   region is the billing region: the edge's own, the cheapest of the price class for an
--          edge outside it, the dearest for an unknown edge (and one in China, which has no price
--          on the cards). is_hit / in_ratio follow the definition in settings.hit_ratio.
--          billed_* is CloudFront's, s3_* the counterfactual's, origin_* what S3 reads behind
--          CloudFront: an upper bound. They are 0 where nobody bills: plans, and whatever the
--          settings (waf, header_bytes, edge_compression, regional_caches) say.
-- order:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
WITH described AS (
    SELECT
        t.*,
        d.name,
        d.origin,
        d.bucket_region,
        d.price_class,
        d.storage_class,
        d.origin_shield,
        d.plan,
        h.header_bytes_each
    FROM traffic t
    JOIN distributions d ON d.distribution = t.distribution
    JOIN header_averages h ON h.month = t.month
    WHERE d.in_scope
),
classified AS (
    SELECT
        c.*,
        c.method IN ('OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE') AS is_proxy_method,
        c.is_forbidden AND c.cache_result = 'Error' AS is_maybe_blocked,
        c.cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit') AS is_cache_hit,
        -- Only an edge answers so: S3 would not have.
        c.cache_result IN ('Redirect', 'LimitExceeded', 'CapacityExceeded')
            OR c.detailed_result_type IN ('Redirect', 'LimitExceeded', 'CapacityExceeded', 'MissGeneratedResponse')
            OR c.cache_result LIKE 'Lambda%' OR c.detailed_result_type LIKE 'Lambda%'
            OR c.cache_result LIKE 'Function%' OR c.detailed_result_type LIKE 'Function%' AS is_of_the_edge,
        c.cache_result IN ('Miss', 'RefreshHit')
            OR (c.cache_result = 'Error' AND c.detailed_result_type LIKE '%Origin%')
            -- What the origin refused is logged without naming it.
            OR (c.cache_result = 'Error' AND c.detailed_result_type = 'Error' AND c.status_class = 4)
            AS reaches_origin,
        -- Headers that the log does not tell apart: as many bytes each as the month's others.
        c.header_bytes
            + least((c.requests - c.measured_requests) * c.header_bytes_each, c.response_bytes - c.header_bytes)
            AS all_header_bytes
    FROM described c
),
decided AS (
    SELECT
        c.*,
        s.waf = 'billed' OR NOT c.is_maybe_blocked AS is_let_in,
        c.origin = 's3' AND c.status_class <> 5 AND NOT c.is_of_the_edge AS s3_would_serve,
        s.regional_caches = 'none' AS all_misses_read,
        s.hit_ratio AS hit_definition,
        s.header_bytes = 'billed' AS headers_are_billed,
        -- As S3 sends it, which does not compress.
        CASE
            WHEN c.is_compressible
                THEN CAST(floor(CAST(c.response_bytes AS DECIMAL(19, 0)) * s.edge_compression) AS BIGINT)
            ELSE c.response_bytes
        END AS stored_bytes
    FROM settings s
    CROSS JOIN classified c
)
SELECT
    c.month,
    c.date,
    c.distribution,
    c.name,
    c.origin,
    c.bucket_region,
    c.storage_class,
    c.origin_shield,
    c.plan,
    c.edge_code,
    coalesce(e.region <> 'CN', false) AS edge_known,
    coalesce(e.region, 'unknown') AS edge_region,
    p.billed_as AS region,
    c.method,
    c.is_proxy_method,
    c.billing_protocol,
    c.status_class,
    c.is_forbidden,
    c.is_compressible,
    c.is_maybe_blocked,
    c.cache_result,
    c.detailed_result_type,
    CASE c.hit_definition
        WHEN 'console' THEN c.cache_result = 'Hit'
        WHEN 'cloudwatch' THEN c.is_cache_hit AND c.method NOT IN ('POST', 'PUT')
        ELSE c.is_cache_hit
    END AS is_hit,
    CASE c.hit_definition
        WHEN 'console' THEN true
        WHEN 'cloudwatch' THEN c.method NOT IN ('POST', 'PUT')
            AND c.cache_result NOT IN ('Error', 'LimitExceeded', 'CapacityExceeded')
            AND c.cache_result NOT LIKE '%Error'
        ELSE c.is_cache_hit OR c.cache_result = 'Miss'
    END AS in_ratio,
    c.is_cache_hit OR c.cache_result = 'Miss' AS is_cache_decision,
    c.is_of_the_edge,
    c.s3_would_serve,
    c.reaches_origin,
    c.requests,
    c.response_bytes,
    c.request_bytes,
    CASE WHEN c.is_let_in THEN c.requests ELSE 0 END AS let_in_requests,
    CASE WHEN c.is_let_in AND c.plan IS NULL THEN c.requests ELSE 0 END AS billed_requests,
    CASE
        WHEN NOT c.is_let_in OR c.plan IS NOT NULL THEN 0
        WHEN c.headers_are_billed THEN c.response_bytes
        ELSE c.response_bytes - c.all_header_bytes
    END AS billed_bytes,
    CASE WHEN c.is_let_in AND c.plan IS NULL AND c.is_proxy_method THEN c.request_bytes ELSE 0 END
        AS billed_request_bytes,
    CASE WHEN c.is_let_in AND c.s3_would_serve THEN c.requests ELSE 0 END AS s3_requests,
    CASE WHEN c.is_let_in AND c.s3_would_serve THEN c.stored_bytes ELSE 0 END AS s3_bytes,
    CASE
        WHEN c.is_let_in AND c.origin = 's3' AND c.reaches_origin
            AND (c.all_misses_read OR c.cache_result NOT IN ('Miss', 'RefreshHit'))
        THEN c.requests
        ELSE 0
    END AS origin_requests,
    CASE WHEN c.is_let_in AND c.origin = 's3' AND c.cache_result = 'Miss' AND c.all_misses_read THEN c.stored_bytes ELSE 0 END
        AS origin_bytes
FROM decided c
LEFT JOIN edge_locations e ON e.edge_code = c.edge_code
JOIN price_class_regions p
    ON p.price_class = c.price_class AND p.region = coalesce(e.region, 'unknown')
