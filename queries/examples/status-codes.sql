-- question: What do answers of each status send and cost?
-- grain: one row a status; 0 is a viewer who was gone
-- units: bytes; requests are counts; USD rounded at 10^-4; egress_share from 0 to 1
-- order: status
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
WITH statuses AS (
    SELECT
        CAST(coalesce(status, 0) AS BIGINT) AS status,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
    GROUP BY 1
)
SELECT
    status,
    requests,
    egress_bytes,
    CAST(CAST(egress_bytes AS DECIMAL(26, 6)) / nullif(sum(egress_bytes) OVER (), 0) AS DECIMAL(9, 6)) AS egress_share,
    CAST(cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd
FROM statuses
ORDER BY status
