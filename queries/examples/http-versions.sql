-- question: How many requests come over HTTP/3, HTTP/2 and HTTP/1.1?
-- grain: one row a distribution and version of HTTP; - is not logged
-- units: bytes; requests are counts; shares from 0 to 1, of the distribution
-- order: distribution, http_version
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH versions AS (
    SELECT
        distribution,
        coalesce(http_version, '-') AS http_version,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes
    FROM classified_requests
    WHERE month = $month
    GROUP BY 1, 2
)
SELECT
    d.name AS distribution,
    v.http_version,
    v.requests,
    v.egress_bytes,
    CAST(
        CAST(v.requests AS DECIMAL(26, 6)) / nullif(sum(v.requests) OVER (PARTITION BY d.name), 0) AS DECIMAL(9, 6)
    ) AS request_share,
    CAST(
        CAST(v.egress_bytes AS DECIMAL(26, 6)) / nullif(sum(v.egress_bytes) OVER (PARTITION BY d.name), 0)
        AS DECIMAL(9, 6)
    ) AS egress_share
FROM versions v
JOIN distributions d ON d.distribution = v.distribution
WHERE $distribution IS NULL OR $distribution IN (d.name, d.distribution)
ORDER BY distribution, http_version
