-- question: Which paths does the cache keep in many copies, one for each query string?
-- grain: one row a distribution and path that was asked for with at least two query strings
-- units: bytes; requests are counts
-- order: miss_bytes from the largest, queries from the most, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 20  How many rows
SELECT
    d.name AS distribution,
    r.path,
    count(DISTINCT coalesce(r.query, '')) AS queries,
    count(*) AS requests,
    count(*) FILTER (WHERE r.cache_result = 'Miss') AS miss_requests,
    coalesce(sum(r.response_bytes) FILTER (WHERE r.cache_result = 'Miss'), 0) AS miss_bytes,
    -- The same length under all of them: probably the same object.
    count(DISTINCT r.content_length) AS lengths
FROM classified_requests r
JOIN distributions d ON d.distribution = r.distribution
WHERE r.month = $month
    AND r.method IN ('GET', 'HEAD')
GROUP BY d.name, r.path
HAVING count(DISTINCT coalesce(r.query, '')) > 1
ORDER BY miss_bytes DESC, queries DESC, distribution, path
LIMIT $rows
