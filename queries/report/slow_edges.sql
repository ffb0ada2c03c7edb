-- purpose: how long viewers waited for the first byte of hits, by edge location
-- order:   p95_ms DESC, p99_ms DESC, edge_code
SELECT
    edge_code,
    city,
    country,
    requests,
    response_bytes AS egress_bytes,
    measured_requests,
    p50_ms,
    p95_ms,
    p99_ms,
    long_bytes_per_second
FROM slow_edges
WHERE month = $month
ORDER BY p95_ms DESC, p99_ms DESC, edge_code
