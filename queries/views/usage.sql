-- purpose: all traffic in one small cube; traffic, hit-ratio and cost views are sums over it
-- grain:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          cache_result, detailed_result_type
-- units:   response_bytes and request_bytes in bytes, requests a count; dates are UTC
-- notes:   cache_result is the decision of the cache (an aborted hit stays a hit), and the outcome
--          where old logs have no decision. region is the billing region: the edge's own, the
--          cheapest of the price class for an edge outside it, the dearest for an unknown edge
--          (and one in China, which has no price on the cards).
--          is_hit / in_ratio follow the definition in settings.hit_ratio.
--          s3_would_serve leaves out what only an edge answers (redirects, generated responses,
--          limits) and 5xx, which S3 does not bill.
-- order:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          cache_result, detailed_result_type
WITH counted AS (
    -- The one pass over the requests: group by raw values, classify afterwards.
    SELECT
        date,
        distribution,
        coalesce(substr(edge_location, 1, 3), '-') AS edge_code,
        CASE
            WHEN method IN ('GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE') THEN method
            ELSE 'other'
        END AS method,
        -- Old logs do not name the protocol: the dearer one, so that a cost never comes out too low.
        CASE WHEN protocol IN ('http', 'ws') THEN 'http' ELSE 'https' END AS billing_protocol,
        -- Logs with chosen fields may leave the status out.
        coalesce(status, 0) / 100 AS status_class,
        coalesce(response_result_type, result_type, '-') AS cache_result,
        coalesce(detailed_result_type, '-') AS detailed_result_type,
        count(*) AS requests,
        coalesce(sum(response_bytes), 0) AS response_bytes,
        coalesce(sum(request_bytes), 0) AS request_bytes
    FROM requests
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
SELECT
    to_char(c.date, '%Y-%m') AS month,
    c.date,
    c.distribution,
    d.name,
    d.origin,
    d.bucket_region,
    c.edge_code,
    coalesce(e.region <> 'CN', false) AS edge_known,
    coalesce(e.region, 'unknown') AS edge_region,
    p.billed_as AS region,
    c.method,
    c.method IN ('OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE') AS is_proxy_method,
    c.billing_protocol,
    c.status_class,
    c.cache_result,
    c.detailed_result_type,
    CASE s.hit_ratio
        WHEN 'console' THEN c.cache_result = 'Hit'
        WHEN 'cloudwatch' THEN c.cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit')
            AND c.method NOT IN ('POST', 'PUT')
        ELSE c.cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit')
    END AS is_hit,
    CASE s.hit_ratio
        WHEN 'console' THEN true
        WHEN 'cloudwatch' THEN c.method NOT IN ('POST', 'PUT')
            AND c.cache_result NOT IN ('Error', 'LimitExceeded', 'CapacityExceeded')
            AND c.cache_result NOT LIKE '%Error'
        ELSE c.cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit', 'Miss')
    END AS in_ratio,
    d.origin = 's3'
        AND c.status_class <> 5
        AND c.cache_result NOT IN ('Redirect', 'LimitExceeded', 'CapacityExceeded')
        AND c.cache_result NOT LIKE 'Lambda%'
        AND c.cache_result NOT LIKE 'Function%'
        AND c.detailed_result_type <> 'MissGeneratedResponse' AS s3_would_serve,
    -- Upper bound: regional caches and collapsed requests absorb a part of these.
    c.cache_result IN ('Miss', 'RefreshHit')
        OR (c.cache_result = 'Error' AND c.detailed_result_type LIKE '%Origin%') AS reaches_origin,
    c.requests,
    c.response_bytes,
    c.request_bytes
FROM counted c
CROSS JOIN settings s
JOIN distributions d ON d.distribution = c.distribution
LEFT JOIN edge_locations e ON e.edge_code = c.edge_code
JOIN price_class_regions p
    ON p.price_class = d.price_class AND p.region = coalesce(e.region, 'unknown')
