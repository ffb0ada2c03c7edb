-- question: How long do viewers wait for the first byte, of hits and of misses?
-- grain: one row a distribution and outcome: hit, miss or other
-- units: milliseconds, cut to two digits; requests are counts; bytes a second of answers of 1 MiB or more
-- order: distribution, outcome
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
SELECT
    name AS distribution,
    outcome,
    requests,
    measured_requests,
    p50_ms,
    p95_ms,
    p99_ms,
    long_bytes_per_second
FROM slow_responses
WHERE month = $month
    AND ($distribution IS NULL OR $distribution IN (name, distribution))
ORDER BY distribution, outcome
