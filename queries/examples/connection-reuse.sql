-- question: How many requests does a connection carry?
-- grain: one row a distribution and version of HTTP
-- units: requests and connections are counts; requests_per_connection with two places
-- order: distribution, http_version
-- param: month text newest  UTC month, YYYY-MM
WITH connections AS (
    SELECT
        distribution,
        coalesce(http_version, '-') AS http_version,
        -- Few logs have an id: without it, an address and port within an hour is taken for one.
        coalesce(connection_id, client_ip || ' ' || CAST(client_port AS VARCHAR)) AS connection,
        CASE WHEN connection_id IS NULL THEN date_trunc('hour', time) END AS hour,
        count(*) AS requests
    FROM classified_requests
    WHERE month = $month
        AND (connection_id IS NOT NULL OR client_ip IS NOT NULL AND client_port IS NOT NULL)
    GROUP BY 1, 2, 3, 4
)
SELECT
    d.name AS distribution,
    c.http_version,
    sum(c.requests) AS requests,
    count(*) AS connections,
    CAST(CAST(sum(c.requests) AS DECIMAL(26, 2)) / count(*) AS DECIMAL(18, 2)) AS requests_per_connection,
    max(c.requests) AS most_requests
FROM connections c
JOIN distributions d ON d.distribution = c.distribution
GROUP BY d.name, c.http_version
ORDER BY distribution, http_version
