-- purpose: how many bytes of an answer are headers, where logs tell headers from body
-- grain:   month
-- units:   bytes, rounded down; requests a count; header_bytes_each is 0 when none is measured
-- order:   month
SELECT
    t.month,
    sum(t.measured_requests) AS measured_requests,
    sum(t.header_bytes) AS header_bytes,
    coalesce(sum(t.header_bytes) / nullif(sum(t.measured_requests), 0), 0) AS header_bytes_each
FROM traffic t
JOIN distributions d ON d.distribution = t.distribution
WHERE d.in_scope
GROUP BY t.month
