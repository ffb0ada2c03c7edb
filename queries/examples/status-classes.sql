-- question: How many bytes go to good answers, redirects and errors of each distribution?
-- grain: one row a distribution and class of statuses: 000 (the viewer was gone), 2xx, 3xx, 4xx, 5xx
-- units: bytes; requests are counts; egress_share from 0 to 1, of the distribution
-- order: distribution, status_class
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH classes AS (
    SELECT distribution, status_class, sum(requests) AS requests, sum(response_bytes) AS egress_bytes
    FROM traffic
    WHERE month = $month
    GROUP BY distribution, status_class
)
SELECT
    d.name AS distribution,
    CASE c.status_class WHEN 0 THEN '000' ELSE CAST(c.status_class AS VARCHAR) || 'xx' END AS status_class,
    c.requests,
    c.egress_bytes,
    CAST(
        CAST(c.egress_bytes AS DECIMAL(26, 6)) / nullif(sum(c.egress_bytes) OVER (PARTITION BY d.name), 0)
        AS DECIMAL(9, 6)
    ) AS egress_share
FROM classes c
JOIN distributions d ON d.distribution = c.distribution
WHERE $distribution IS NULL OR $distribution IN (d.name, d.distribution)
ORDER BY distribution, status_class
