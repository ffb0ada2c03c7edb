-- purpose: how long viewers waited for the first byte, of hits and of misses
-- order:   distribution, outcome
SELECT
    distribution,
    name,
    outcome,
    requests,
    measured_requests,
    p50_ms,
    p95_ms,
    p99_ms,
    long_requests,
    long_bytes_per_second
FROM slow_responses
WHERE month = $month
ORDER BY distribution, outcome
