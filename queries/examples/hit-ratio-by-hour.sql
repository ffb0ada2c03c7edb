-- question: At which hours of the day is which group of paths badly cached?
-- grain: one row a distribution, path group of the rules, and UTC hour of the day
-- units: bytes; requests are counts; ratios from 0 to 1, of hits and misses alone
-- order: distribution, path_group, hour_of_day
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH hours AS (
    SELECT
        distribution,
        path_group(distribution, path) AS path_group,
        CAST(date_part('hour', time) AS BIGINT) AS hour_of_day,
        count(*) AS requests,
        count(*) FILTER (WHERE cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit')) AS hit_requests,
        count(*) FILTER (WHERE cache_result = 'Miss') AS miss_requests,
        coalesce(sum(response_bytes) FILTER (WHERE cache_result = 'Miss'), 0) AS miss_bytes
    FROM classified_requests
    WHERE month = $month
    GROUP BY 1, 2, 3
)
SELECT
    d.name AS distribution,
    h.path_group,
    h.hour_of_day,
    h.requests,
    h.miss_requests,
    h.miss_bytes,
    CAST(CAST(h.hit_requests AS DECIMAL(26, 6)) / nullif(h.hit_requests + h.miss_requests, 0) AS DECIMAL(9, 6))
        AS request_hit_ratio
FROM hours h
JOIN distributions d ON d.distribution = h.distribution
WHERE $distribution IS NULL OR $distribution IN (d.name, d.distribution)
ORDER BY distribution, path_group, hour_of_day
