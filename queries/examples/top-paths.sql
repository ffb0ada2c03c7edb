-- question: Which paths sent the most bytes, and what did they cost?
-- grain: one row a distribution and path
-- units: bytes; requests are counts; *_usd in USD
-- order: egress_bytes from the largest, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
SELECT
    name AS distribution,
    path,
    requests,
    response_bytes AS egress_bytes,
    CAST(cloudfront_usd_exact AS DECIMAL(18, 4)) AS cloudfront_usd
FROM top_paths
WHERE month = $month
    AND ($distribution IS NULL OR $distribution IN (name, distribution))
ORDER BY egress_bytes DESC, distribution, path
LIMIT $rows
