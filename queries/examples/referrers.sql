-- question: Which other sites link to or embed what we serve, and what does that cost?
-- grain: one row a distribution and host of the referring page; hosts that viewers ask here are our own
-- units: bytes; requests are counts; USD rounded at 10^-4
-- order: egress_bytes from the largest, distribution, referrer_host
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 20  How many rows
WITH own AS (
    SELECT DISTINCT lower(coalesce(host, cdn_host)) AS host
    FROM classified_requests
    WHERE month = $month
),
linked AS (
    SELECT name, path, coalesce(url_host(referrer), '(no host)') AS referrer_host, response_bytes, cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND referrer IS NOT NULL
)
SELECT
    l.name AS distribution,
    l.referrer_host,
    count(*) AS requests,
    count(DISTINCT l.path) AS paths,
    sum(l.response_bytes) AS egress_bytes,
    CAST(sum(l.cloudfront_usd) AS DECIMAL(18, 4)) AS cloudfront_usd
FROM linked l
LEFT JOIN own o ON o.host = l.referrer_host
WHERE o.host IS NULL
GROUP BY 1, 2
ORDER BY egress_bytes DESC, distribution, referrer_host
LIMIT $rows
