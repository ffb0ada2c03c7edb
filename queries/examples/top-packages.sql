-- question: Which packages are downloaded most, in how many versions, from how many networks?
-- grain: one row a package: the directory of its files
-- units: downloads are whole GETs answered 200; bytes; USD rounded at 10^-4; networks an estimate (about 1 % off),
--        NULL without addresses
-- order: downloads from the most, package
-- param: month text newest  UTC month, YYYY-MM
-- param: extension text crate  Extension of the packages
-- param: rows integer 20  How many rows
SELECT
    path_segment(path, -2) AS package,
    count(DISTINCT path) AS versions,
    count(*) AS downloads,
    nullif(approx_distinct(truncate_ip(client_ip)), 0) AS networks,
    sum(response_bytes) AS egress_bytes,
    CAST(sum(cloudfront_usd) AS DECIMAL(18, 4)) AS cloudfront_usd
FROM request_costs
WHERE month = $month
    AND method = 'GET'
    AND status = 200
    AND file_extension(path) = $extension
    -- A download that broke off counts for nobody.
    AND response_bytes >= coalesce(content_length, 0)
GROUP BY 1
ORDER BY downloads DESC, package
LIMIT $rows
