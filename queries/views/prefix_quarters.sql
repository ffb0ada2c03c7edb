-- purpose: hits and misses by quarter of an hour and first path segment: what purges are seen in
-- grain:   month, date, distribution, prefix, quarter
-- units:   requests and miss_requests counts, miss_bytes in bytes; quarter is the UTC quarter of an
--          hour of the day, 0 to 95
-- notes:   requests are those that the cache decided: hits and misses. prefix is the first path
--          segment with its slashes (`/dist/`); paths without a second slash, and those whose first
--          segment has less than 3 characters or more than 24 (a shard or an identifier rather than
--          a folder), are in `/`.
-- order:   month, date, distribution, prefix, quarter
SELECT
    to_char(date, '%Y-%m') AS month,
    date,
    distribution,
    prefix,
    quarter,
    requests,
    miss_requests,
    miss_bytes
FROM (
    SELECT
        date,
        distribution,
        CASE
            WHEN strpos(substr(path, 2), '/') BETWEEN 4 AND 25
                THEN concat('/', split_part(path, '/', 2), '/')
            ELSE '/'
        END AS prefix,
        -- Times are in microseconds.
        CAST(time AS BIGINT) / 900000000 % 96 AS quarter,
        count(*) AS requests,
        count(*) FILTER (WHERE coalesce(response_result_type, result_type) = 'Miss') AS miss_requests,
        coalesce(sum(response_bytes) FILTER (WHERE coalesce(response_result_type, result_type) = 'Miss'), 0) AS miss_bytes
    FROM requests
    WHERE coalesce(response_result_type, result_type) IN ('Hit', 'RefreshHit', 'OriginShieldHit', 'Miss')
    GROUP BY 1, 2, 3, 4
) AS quarters
