-- question: At which edges do viewers wait longest for the first byte of a hit?
-- grain: one row an edge location with at least 100 measured hits
-- units: milliseconds, cut to two digits; requests are counts; bytes a second of answers of 1 MiB or more
-- order: p95_ms from the largest, p50_ms from the largest, edge_code
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 20  How many rows
SELECT edge_code, city, country, measured_requests, p50_ms, p95_ms, p99_ms, long_bytes_per_second
FROM slow_edges
WHERE month = $month
ORDER BY p95_ms DESC, p50_ms DESC, edge_code
LIMIT $rows
