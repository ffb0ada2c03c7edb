-- purpose: how long viewers waited for the first byte, of hits and of misses
-- grain:   month, distribution, outcome
-- units:   milliseconds, as response_times cuts them; requests counts; long_bytes_per_second is the
--          throughput of answers of at least 1 MiB: their bytes by the time they took, one after the
--          other, rounded down (NULL without any)
-- notes:   outcome 'hit', 'miss', or 'other' (errors, redirects, generated answers). A quantile q is
--          the step of the first request, in order of time, that has a share of q before or with it;
--          NULL where no request was measured.
-- order:   month, distribution, outcome
WITH steps AS (
    SELECT month, distribution, outcome, step_ms, sum(requests) AS requests
    FROM response_times
    WHERE step_ms IS NOT NULL
    GROUP BY month, distribution, outcome, step_ms
),
ranked AS (
    SELECT
        *,
        sum(requests) OVER (PARTITION BY month, distribution, outcome ORDER BY step_ms) AS up_to,
        sum(requests) OVER (PARTITION BY month, distribution, outcome) AS measured
    FROM steps
),
quantiles AS (
    SELECT
        month,
        distribution,
        outcome,
        max(measured) AS measured_requests,
        min(step_ms) FILTER (WHERE 100 * up_to >= 50 * measured) AS p50_ms,
        min(step_ms) FILTER (WHERE 100 * up_to >= 95 * measured) AS p95_ms,
        min(step_ms) FILTER (WHERE 100 * up_to >= 99 * measured) AS p99_ms
    FROM ranked
    GROUP BY month, distribution, outcome
),
sums AS (
    SELECT
        month,
        distribution,
        outcome,
        sum(requests) AS requests,
        sum(long_requests) AS long_requests,
        sum(long_bytes) AS long_bytes,
        sum(long_us) AS long_us
    FROM response_times
    GROUP BY month, distribution, outcome
)
SELECT
    s.month,
    s.distribution,
    d.name,
    s.outcome,
    s.requests,
    coalesce(q.measured_requests, 0) AS measured_requests,
    q.p50_ms,
    q.p95_ms,
    q.p99_ms,
    s.long_requests,
    CAST(floor(CAST(s.long_bytes AS DECIMAL(38, 0)) * 1000000 / nullif(s.long_us, 0)) AS BIGINT) AS long_bytes_per_second
FROM sums s
JOIN distributions d ON d.distribution = s.distribution
LEFT JOIN quantiles q ON q.month = s.month AND q.distribution = s.distribution AND q.outcome = s.outcome
