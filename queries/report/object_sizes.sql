-- purpose: complete answers by size
-- order:   from_bytes
SELECT
    from_bytes,
    to_bytes,
    requests,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    response_bytes AS egress_bytes,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(sum(response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share
FROM object_sizes
WHERE month = $month
ORDER BY from_bytes
