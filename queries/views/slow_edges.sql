-- purpose: how long viewers waited for the first byte, by edge location
-- grain:   month, edge_code
-- units:   milliseconds, as response_times cuts them; requests counts, bytes bytes; long_bytes_per_second
--          is the throughput of answers of at least 1 MiB, rounded down (NULL without any)
-- notes:   edges with at least 100 measured hits. The quantiles are those of hits: a miss waits for
--          the origin, wherever it is. City and country are NULL for unknown edges.
-- order:   month, edge_code
WITH steps AS (
    SELECT month, edge_code, step_ms, sum(requests) AS requests
    FROM response_times
    WHERE step_ms IS NOT NULL AND outcome = 'hit'
    GROUP BY month, edge_code, step_ms
),
ranked AS (
    SELECT
        *,
        sum(requests) OVER (PARTITION BY month, edge_code ORDER BY step_ms) AS up_to,
        sum(requests) OVER (PARTITION BY month, edge_code) AS measured
    FROM steps
),
quantiles AS (
    SELECT
        month,
        edge_code,
        max(measured) AS measured_requests,
        min(step_ms) FILTER (WHERE 100 * up_to >= 50 * measured) AS p50_ms,
        min(step_ms) FILTER (WHERE 100 * up_to >= 95 * measured) AS p95_ms,
        min(step_ms) FILTER (WHERE 100 * up_to >= 99 * measured) AS p99_ms
    FROM ranked
    WHERE measured >= 100
    GROUP BY month, edge_code
),
sums AS (
    SELECT
        month,
        edge_code,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(long_bytes) AS long_bytes,
        sum(long_us) AS long_us
    FROM response_times
    GROUP BY month, edge_code
)
SELECT
    q.month,
    q.edge_code,
    e.city,
    e.country,
    s.requests,
    s.response_bytes,
    q.measured_requests,
    q.p50_ms,
    q.p95_ms,
    q.p99_ms,
    CAST(floor(CAST(s.long_bytes AS DECIMAL(38, 0)) * 1000000 / nullif(s.long_us, 0)) AS BIGINT) AS long_bytes_per_second
FROM quantiles q
JOIN sums s ON s.month = q.month AND s.edge_code = q.edge_code
LEFT JOIN edge_locations e ON e.edge_code = q.edge_code
