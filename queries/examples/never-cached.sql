-- question: Which busy paths are never answered from the cache?
-- grain: one row a distribution and path that was asked for often and missed every time
-- units: bytes; requests are counts
-- order: requests from the most, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: least integer 10  From how many requests on a path is busy
-- param: rows integer 20  How many rows
SELECT
    d.name AS distribution,
    r.path,
    count(*) AS requests,
    count(*) FILTER (WHERE r.method NOT IN ('GET', 'HEAD')) AS written_requests,
    count(DISTINCT r.query) AS queries,
    min(r.cache_behavior) AS cache_behavior,
    sum(r.response_bytes) AS egress_bytes
FROM classified_requests r
JOIN distributions d ON d.distribution = r.distribution
WHERE r.month = $month
    -- What the edge answers itself never reaches the cache.
    AND r.cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit', 'Miss')
GROUP BY d.name, r.path
HAVING count(*) >= $least
    AND count(*) FILTER (WHERE r.cache_result <> 'Miss') = 0
ORDER BY requests DESC, distribution, path
LIMIT $rows
