-- question: How many requests for the index come with each download of a package, day by day?
-- grain: one row a UTC day
-- units: bytes; requests are counts; index_per_download is index requests for one of the packages
-- order: date
-- param: month text newest  UTC month, YYYY-MM
-- param: index text index  Distribution of the index, by name
-- param: packages text crates  Distribution of the packages, by name
WITH days AS (
    SELECT
        date,
        coalesce(sum(requests) FILTER (WHERE name = $index), 0) AS index_requests,
        coalesce(sum(requests) FILTER (WHERE name = $packages), 0) AS package_requests,
        coalesce(sum(response_bytes) FILTER (WHERE name = $index), 0) AS index_bytes,
        coalesce(sum(response_bytes) FILTER (WHERE name = $packages), 0) AS package_bytes
    FROM daily_traffic
    WHERE month = $month
    GROUP BY date
)
SELECT
    date,
    index_requests,
    package_requests,
    CAST(CAST(index_requests AS DECIMAL(26, 4)) / nullif(package_requests, 0) AS DECIMAL(18, 4)) AS index_per_download,
    index_bytes,
    package_bytes
FROM days
WHERE index_requests + package_requests > 0
ORDER BY date
