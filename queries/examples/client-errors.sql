-- question: Which paths give clients errors (4xx), and what do these answers cost?
-- grain: one row a distribution, path and status
-- units: bytes; requests are counts; USD rounded at 10^-4; error_share from 0 to 1, of the path's requests
-- order: errors from the most, distribution, path, status
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
WITH counted AS (
    SELECT
        name,
        path,
        status,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd) AS cloudfront_usd,
        sum(count(*)) OVER (PARTITION BY name, path) AS whole_requests
    FROM request_costs
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
    GROUP BY name, path, status
)
SELECT
    name AS distribution,
    path,
    status,
    requests AS errors,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(whole_requests, 0) AS DECIMAL(9, 6)) AS error_share,
    egress_bytes,
    CAST(cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd
FROM counted
WHERE status BETWEEN 400 AND 499
ORDER BY errors DESC, distribution, path, status
LIMIT $rows
