-- purpose: complete answers by size
-- grain:   month, from_bytes
-- units:   bytes; requests a count
-- notes:   answers with status 200, by the bytes sent, headers among them; each class goes from
--          from_bytes to below to_bytes, four times as much (the first from 0, the last without end)
-- order:   month, from_bytes
WITH counted AS (
    SELECT
        date_trunc('month', date) AS first_day,
        CASE
            WHEN response_bytes < 1024 THEN 0
            WHEN response_bytes < 4096 THEN 1024
            WHEN response_bytes < 16384 THEN 4096
            WHEN response_bytes < 65536 THEN 16384
            WHEN response_bytes < 262144 THEN 65536
            WHEN response_bytes < 1048576 THEN 262144
            WHEN response_bytes < 4194304 THEN 1048576
            WHEN response_bytes < 16777216 THEN 4194304
            WHEN response_bytes < 67108864 THEN 16777216
            WHEN response_bytes < 268435456 THEN 67108864
            WHEN response_bytes < 1073741824 THEN 268435456
            WHEN response_bytes < 4294967296 THEN 1073741824
            ELSE 4294967296
        END AS from_bytes,
        count(*) AS requests,
        sum(response_bytes) AS response_bytes
    FROM requests
    WHERE status = 200 AND response_bytes IS NOT NULL
    GROUP BY 1, 2
)
SELECT
    to_char(first_day, '%Y-%m') AS month,
    from_bytes,
    CASE from_bytes WHEN 0 THEN 1024 WHEN 4294967296 THEN NULL ELSE from_bytes * 4 END AS to_bytes,
    requests,
    response_bytes
FROM counted
