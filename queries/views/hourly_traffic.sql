-- purpose: traffic by distribution and hour
-- grain:   month, hour, distribution
-- units:   bytes; requests a count; hour is the UTC time at which it begins
-- notes:   origin_requests and origin_bytes are what may have reached the origin, as origin_load says;
--          error_requests are those of error_causes
-- order:   hour, distribution
SELECT
    to_char(date, '%Y-%m') AS month,
    arrow_cast(hour * 3600000000, 'Timestamp(Microsecond, Some("UTC"))') AS hour,
    distribution,
    requests,
    response_bytes,
    hit_requests,
    miss_requests,
    origin_requests,
    origin_bytes,
    error_requests
FROM (
    SELECT
        date,
        distribution,
        CAST(time AS BIGINT) / 3600000000 AS hour,
        count(*) AS requests,
        coalesce(sum(response_bytes), 0) AS response_bytes,
        count(*) FILTER (
            WHERE coalesce(response_result_type, result_type) IN ('Hit', 'RefreshHit', 'OriginShieldHit')
        ) AS hit_requests,
        count(*) FILTER (WHERE coalesce(response_result_type, result_type) = 'Miss') AS miss_requests,
        count(*) FILTER (
            WHERE coalesce(response_result_type, result_type) IN ('Miss', 'RefreshHit')
                OR (coalesce(response_result_type, result_type) = 'Error' AND detailed_result_type LIKE '%Origin%')
                OR (
                    coalesce(response_result_type, result_type) = 'Error'
                    AND detailed_result_type = 'Error' AND status BETWEEN 400 AND 499
                )
        ) AS origin_requests,
        coalesce(
            sum(response_bytes) FILTER (
                WHERE coalesce(response_result_type, result_type) = 'Miss'
                    OR (coalesce(response_result_type, result_type) = 'Error' AND detailed_result_type LIKE '%Origin%')
                    OR (
                        coalesce(response_result_type, result_type) = 'Error'
                        AND detailed_result_type = 'Error' AND status BETWEEN 400 AND 499
                    )
            ),
            0
        ) AS origin_bytes,
        count(*) FILTER (
            WHERE status >= 400
                OR status = 0
                OR coalesce(response_result_type, result_type) IN ('Error', 'LimitExceeded', 'CapacityExceeded')
        ) AS error_requests
    FROM requests
    GROUP BY 1, 2, 3
) AS hourly
