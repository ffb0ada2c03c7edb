-- question: How large are the objects that are sent, and which sizes make the bytes?
-- grain: one row a class of sizes of whole answers, from from_bytes to below to_bytes
-- units: bytes; requests are counts; shares from 0 to 1
-- order: from_bytes
-- param: month text newest  UTC month, YYYY-MM
SELECT
    from_bytes,
    to_bytes,
    requests,
    response_bytes AS egress_bytes,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(sum(response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share
FROM object_sizes
WHERE month = $month
ORDER BY from_bytes
