-- question: How much is fetched in pieces, and how much of that twice by the same client?
-- grain: one row a distribution and path that was asked for in ranges
-- units: bytes; requests are counts; repeated_* are pieces that a client had been sent already that day, NULL without
--        ranges or addresses
-- order: repeated_bytes from the largest, egress_bytes from the largest, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 20  How many rows
WITH pieces AS (
    SELECT
        distribution,
        path,
        date,
        client_ip,
        range_start,
        range_end,
        -- Without ranges pieces cannot be told apart, nor clients without addresses.
        range_start IS NOT NULL AND client_ip IS NOT NULL AS is_known,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        max(response_bytes) AS first_bytes
    FROM classified_requests
    WHERE month = $month
        AND (status = 206 OR range_start IS NOT NULL)
    GROUP BY distribution, path, date, client_ip, range_start, range_end
)
SELECT
    d.name AS distribution,
    p.path,
    sum(p.requests) AS requests,
    sum(p.egress_bytes) AS egress_bytes,
    sum(p.egress_bytes) / sum(p.requests) AS bytes_per_request,
    sum(p.requests - 1) FILTER (WHERE p.is_known) AS repeated_requests,
    sum(p.egress_bytes - p.first_bytes) FILTER (WHERE p.is_known) AS repeated_bytes
FROM pieces p
JOIN distributions d ON d.distribution = p.distribution
GROUP BY d.name, p.path
ORDER BY repeated_bytes DESC NULLS LAST, egress_bytes DESC, distribution, path
LIMIT $rows
