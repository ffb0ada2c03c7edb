-- question: Which versions of cargo, or of another client, are in use?
-- grain: one row a version
-- units: bytes; requests are counts; shares from 0 to 1, of the client's; networks an estimate (about 1 % off), NULL
--        without addresses
-- order: requests from the most, version
-- param: month text newest  UTC month, YYYY-MM
-- param: client text cargo  Family of user agents
-- param: rows integer 30  How many rows
WITH versions AS (
    SELECT
        coalesce(user_agent_version(user_agent), '-') AS version,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        -- A request says nothing of how many use the client: networks of addresses come nearer.
        nullif(approx_distinct(truncate_ip(client_ip)), 0) AS networks
    FROM classified_requests
    WHERE month = $month
        AND user_agent_family(user_agent) = $client
    GROUP BY 1
)
SELECT
    version,
    requests,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    egress_bytes,
    networks
FROM versions
ORDER BY requests DESC, version
LIMIT $rows
