-- question: What do the groups of paths cost, and how well are they cached?
-- grain: one row a distribution and path group of the rules
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; ratios from 0 to 1
-- order: cloudfront_usd from the largest, distribution, path_group
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
SELECT
    name AS distribution,
    path_group,
    requests,
    response_bytes AS egress_bytes,
    CAST(CAST(hit_requests AS DECIMAL(26, 6)) / nullif(hit_requests + miss_requests, 0) AS DECIMAL(9, 6))
        AS request_hit_ratio,
    CAST(CAST(hit_bytes AS DECIMAL(26, 6)) / nullif(hit_bytes + miss_bytes, 0) AS DECIMAL(9, 6)) AS byte_hit_ratio,
    cloudfront_usd
FROM path_group_traffic
WHERE month = $month
    AND ($distribution IS NULL OR $distribution IN (name, distribution))
ORDER BY cloudfront_usd DESC, distribution, path_group
