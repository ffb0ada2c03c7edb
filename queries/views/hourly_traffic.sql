-- purpose: traffic by distribution and hour
-- grain:   month, hour, distribution
-- units:   bytes; requests a count; hour is the UTC time at which it begins
-- order:   hour, distribution
SELECT
    to_char(date, '%Y-%m') AS month,
    hour,
    distribution,
    requests,
    response_bytes,
    hit_requests,
    miss_requests
FROM (
    SELECT
        date,
        distribution,
        date_trunc('hour', time) AS hour,
        count(*) AS requests,
        coalesce(sum(response_bytes), 0) AS response_bytes,
        count(*) FILTER (
            WHERE coalesce(response_result_type, result_type) IN ('Hit', 'RefreshHit', 'OriginShieldHit')
        ) AS hit_requests,
        count(*) FILTER (WHERE coalesce(response_result_type, result_type) = 'Miss') AS miss_requests
    FROM requests
    GROUP BY 1, 2, 3
) AS hourly
