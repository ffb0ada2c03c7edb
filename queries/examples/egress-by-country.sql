-- question: Which countries do the bytes go to, and at what cost?
-- grain: one row a country: the viewer's (two letters) where it is logged, else the edge's (a name)
-- units: bytes; requests are counts; USD rounded at 10^-4; shares from 0 to 1
-- order: egress_bytes from the largest, country, told_by
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 30  How many rows
WITH countries AS (
    SELECT
        coalesce(country, edge_country(edge_code), 'unknown') AS country,
        CASE WHEN country IS NULL THEN 'edge' ELSE 'viewer' END AS told_by,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
    GROUP BY 1, 2
)
SELECT
    country,
    told_by,
    requests,
    egress_bytes,
    CAST(CAST(egress_bytes AS DECIMAL(26, 6)) / nullif(sum(egress_bytes) OVER (), 0) AS DECIMAL(9, 6)) AS egress_share,
    CAST(cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd
FROM countries
ORDER BY egress_bytes DESC, country, told_by
LIMIT $rows
