-- purpose: complete answers by size
-- grain:   month, from_bytes
-- units:   bytes; requests a count
-- notes:   answers with status 200, by the bytes sent, headers among them; each class goes from
--          from_bytes to below to_bytes, four times as much (the first from 0, the last without end)
-- order:   month, from_bytes
WITH counted AS (
    SELECT
        date_trunc('month', date) AS first_day,
        -- How many of the bounds it reaches: a sum is quicker than a CASE of as many branches.
        CAST(response_bytes >= 1024 AS BIGINT)
            + CAST(response_bytes >= 4096 AS BIGINT)
            + CAST(response_bytes >= 16384 AS BIGINT)
            + CAST(response_bytes >= 65536 AS BIGINT)
            + CAST(response_bytes >= 262144 AS BIGINT)
            + CAST(response_bytes >= 1048576 AS BIGINT)
            + CAST(response_bytes >= 4194304 AS BIGINT)
            + CAST(response_bytes >= 16777216 AS BIGINT)
            + CAST(response_bytes >= 67108864 AS BIGINT)
            + CAST(response_bytes >= 268435456 AS BIGINT)
            + CAST(response_bytes >= 1073741824 AS BIGINT)
            + CAST(response_bytes >= 4294967296 AS BIGINT)
            AS class,
        count(*) AS requests,
        sum(response_bytes) AS response_bytes
    FROM requests
    WHERE status = 200 AND response_bytes IS NOT NULL
    GROUP BY 1, 2
),
named AS (
    SELECT
        *,
        CASE class
            WHEN 0 THEN 0
            WHEN 1 THEN 1024
            WHEN 2 THEN 4096
            WHEN 3 THEN 16384
            WHEN 4 THEN 65536
            WHEN 5 THEN 262144
            WHEN 6 THEN 1048576
            WHEN 7 THEN 4194304
            WHEN 8 THEN 16777216
            WHEN 9 THEN 67108864
            WHEN 10 THEN 268435456
            WHEN 11 THEN 1073741824
            WHEN 12 THEN 4294967296
        END AS from_bytes
    FROM counted
)
SELECT
    to_char(first_day, '%Y-%m') AS month,
    from_bytes,
    CASE from_bytes WHEN 0 THEN 1024 WHEN 4294967296 THEN NULL ELSE from_bytes * 4 END AS to_bytes,
    requests,
    response_bytes
FROM named
