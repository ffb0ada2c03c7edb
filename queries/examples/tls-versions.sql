-- question: Which versions of TLS do clients still need, and which clients are they?
-- grain: one row a version of TLS and family of user agents; - is no TLS, or not logged
-- units: requests are counts; request_share from 0 to 1, of the month; networks an estimate (about 1 % off), NULL
--        without addresses
-- order: tls_protocol, requests from the most, user_agent_family
-- param: month text newest  UTC month, YYYY-MM
WITH versions AS (
    SELECT
        coalesce(tls_protocol, '-') AS tls_protocol,
        client_family(user_agent) AS user_agent_family,
        count(*) AS requests,
        count(*) FILTER (WHERE protocol IN ('http', 'ws')) AS plain_requests,
        nullif(approx_distinct(truncate_ip(client_ip)), 0) AS networks
    FROM classified_requests
    WHERE month = $month
    GROUP BY 1, 2
)
SELECT
    tls_protocol,
    user_agent_family,
    requests,
    plain_requests,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    networks
FROM versions
ORDER BY tls_protocol, requests DESC, user_agent_family
