-- purpose: how long answers took, in steps: what quantiles are read from
-- grain:   month, distribution, edge_code, outcome, step_ms
-- units:   step_ms is the milliseconds to the first byte (time-to-first-byte; NULL where the log has
--          none), cut to a whole millisecond below 100 and to two digits above: a step of 450 holds
--          450 to 459.999; requests and bytes; long_* are answers of at least 1 MiB with their bytes
--          and the microseconds they took altogether
-- notes:   outcome is 'hit', 'miss' or 'other'. Steps are of whole numbers, so that quantiles are the
--          same however the work was split; they are never more than the true quantile, and less by
--          under a millisecond or a tenth.
-- order:   month, distribution, edge_code, outcome, step_ms
SELECT
    to_char(date, '%Y-%m') AS month,
    distribution,
    edge_code,
    outcome,
    step_ms,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes,
    sum(long_requests) AS long_requests,
    sum(long_bytes) AS long_bytes,
    sum(long_us) AS long_us
FROM (
    SELECT
        date,
        distribution,
        coalesce(substr(edge_location, 1, 3), '-') AS edge_code,
        CASE
            WHEN coalesce(response_result_type, result_type) IN ('Hit', 'RefreshHit', 'OriginShieldHit') THEN 'hit'
            WHEN coalesce(response_result_type, result_type) = 'Miss' THEN 'miss'
            ELSE 'other'
        END AS outcome,
        CASE
            WHEN first_byte_us < 100000 THEN first_byte_us / 1000
            WHEN first_byte_us < 1000000 THEN first_byte_us / 10000 * 10
            WHEN first_byte_us < 10000000 THEN first_byte_us / 100000 * 100
            WHEN first_byte_us < 100000000 THEN first_byte_us / 1000000 * 1000
            ELSE first_byte_us / 10000000 * 10000
        END AS step_ms,
        count(*) AS requests,
        coalesce(sum(response_bytes), 0) AS response_bytes,
        count(*) FILTER (WHERE response_bytes >= 1048576 AND time_taken_us > 0) AS long_requests,
        coalesce(sum(response_bytes) FILTER (WHERE response_bytes >= 1048576 AND time_taken_us > 0), 0) AS long_bytes,
        coalesce(sum(time_taken_us) FILTER (WHERE response_bytes >= 1048576 AND time_taken_us > 0), 0) AS long_us
    FROM requests
    GROUP BY 1, 2, 3, 4, 5
) AS steps
GROUP BY 1, 2, 3, 4, 5
