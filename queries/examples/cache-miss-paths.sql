-- question: Which paths send the most bytes that the cache did not have?
-- grain: one row a distribution and path
-- units: bytes; requests are counts; request_miss_ratio from 0 to 1, of hits and misses alone
-- order: miss_bytes from the largest, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
WITH paths AS (
    SELECT
        distribution,
        path,
        count(*) FILTER (WHERE cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit')) AS hit_requests,
        count(*) FILTER (WHERE cache_result = 'Miss') AS miss_requests,
        coalesce(sum(response_bytes) FILTER (WHERE cache_result = 'Miss'), 0) AS miss_bytes,
        -- Every edge location fetches for itself.
        count(DISTINCT edge_code) FILTER (WHERE cache_result = 'Miss') AS missing_edges
    FROM classified_requests
    WHERE month = $month
    GROUP BY distribution, path
)
SELECT
    d.name AS distribution,
    p.path,
    p.miss_requests,
    p.hit_requests,
    CAST(CAST(p.miss_requests AS DECIMAL(26, 6)) / nullif(p.hit_requests + p.miss_requests, 0) AS DECIMAL(9, 6))
        AS request_miss_ratio,
    p.missing_edges,
    p.miss_bytes
FROM paths p
JOIN distributions d ON d.distribution = p.distribution
WHERE p.miss_requests > 0
    AND ($distribution IS NULL OR $distribution IN (d.name, d.distribution))
ORDER BY miss_bytes DESC, distribution, path
LIMIT $rows
