-- purpose: days far off their baseline, with what explains them best
-- grain:   month, distribution, date, metric
-- units:   those of anomalous_days; shares with six decimals
-- notes:   anomalous_days says what is far off. The day is compared with its reference day (an
--          ordinary one of the same kind): each member of a dimension has a share of the difference
--          between the two, and a usual share of the reference day. The member whose share of
--          the difference is furthest above its usual one explains the day, if by a fifth at
--          least; else dimension is NULL: everything grew or shrank alike. Gaps are not explained.
--          Of paths only top_paths are tried, so that millions of them need no memory.
--          dimension is 'user_agent_family', 'path', 'prefix' (as prefix_quarters has it),
--          'region' (the billing region of the edge), 'status', 'cache_result' or 'hour_of_day'
--          (UTC); of equals the first of these.
-- order:   month, rank
WITH days AS (
    SELECT DISTINCT month, distribution, date
    FROM (
        SELECT month, distribution, date FROM anomalous_days WHERE NOT is_gap
        UNION ALL
        SELECT month, distribution, reference_date AS date FROM anomalous_days WHERE NOT is_gap
    ) AS d
),
asked AS (
    SELECT
        r.month,
        r.distribution,
        r.date,
        r.user_agent_family,
        t.path AS top_path,
        r.prefix,
        coalesce(e.region, 'unknown') AS region,
        r.status,
        r.cache_result,
        r.hour_of_day,
        r.response_bytes,
        CASE WHEN r.is_error THEN 1 ELSE 0 END AS errors,
        CASE WHEN r.cache_result = 'Miss' THEN 1 ELSE 0 END AS misses
    FROM days d
    JOIN (
        SELECT
            to_char(date, '%Y-%m') AS month,
            date,
            distribution,
            coalesce(user_agent_family(user_agent), 'none') AS user_agent_family,
            coalesce(path, '-') AS path,
            CASE
                WHEN strpos(substr(path, 2), '/') BETWEEN 4 AND 25
                    THEN concat('/', split_part(path, '/', 2), '/')
                ELSE '/'
            END AS prefix,
            coalesce(substr(edge_location, 1, 3), '-') AS edge_code,
            arrow_cast(coalesce(status, 0), 'Utf8View') AS status,
            coalesce(response_result_type, result_type, '-') AS cache_result,
            to_char(time, '%H:00') AS hour_of_day,
            coalesce(response_bytes, 0) AS response_bytes,
            coalesce(
                status >= 400
                    OR status = 0
                    OR coalesce(response_result_type, result_type) IN ('Error', 'LimitExceeded', 'CapacityExceeded'),
                false
            ) AS is_error
        FROM requests
    ) AS r
        ON r.month = d.month AND r.distribution = d.distribution AND r.date = d.date
    LEFT JOIN edge_locations e ON e.edge_code = r.edge_code
    LEFT JOIN top_paths t ON t.month = r.month AND t.distribution = r.distribution AND t.path = r.path
),
-- Not GROUPING SETS: a filter on the month would not get past them.
members AS (
    SELECT
        r.month,
        r.distribution,
        r.date,
        n.dimension,
        CASE n.dimension
            WHEN 1 THEN r.user_agent_family
            WHEN 2 THEN r.top_path
            WHEN 3 THEN r.prefix
            WHEN 4 THEN r.region
            WHEN 5 THEN r.status
            WHEN 6 THEN r.cache_result
            ELSE r.hour_of_day
        END AS member,
        sum(r.response_bytes) AS response_bytes,
        count(*) AS requests,
        sum(r.errors) AS errors,
        sum(r.misses) AS misses
    FROM (VALUES (1), (2), (3), (4), (5), (6), (7)) AS n(dimension)
    CROSS JOIN asked r
    WHERE n.dimension <> 2 OR r.top_path IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
),
sides AS (
    SELECT
        a.month, a.distribution, a.date, a.metric, m.dimension, m.member,
        a.value - a.reference AS difference,
        a.reference,
        CASE WHEN m.date = a.date THEN 1 ELSE -1 END AS sign,
        CASE a.metric
            WHEN 'bytes' THEN m.response_bytes
            WHEN 'requests' THEN m.requests
            WHEN 'errors' THEN m.errors
            ELSE m.misses
        END AS value
    FROM anomalous_days a
    JOIN members m
        ON m.month = a.month AND m.distribution = a.distribution
        AND (m.date = a.date OR m.date = a.reference_date)
    WHERE NOT a.is_gap
),
shares AS (
    SELECT
        month, distribution, date, metric, dimension, member,
        CAST(sum(sign * value) AS DECIMAL(26, 6)) / nullif(difference, 0) AS share,
        coalesce(
            CAST(sum(value) FILTER (WHERE sign = -1) AS DECIMAL(26, 6)) / nullif(reference, 0),
            0
        ) AS usual_share
    FROM sides
    GROUP BY month, distribution, date, metric, dimension, member, difference, reference
),
best AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY month, distribution, date, metric
            ORDER BY share - usual_share DESC, dimension, member
        ) AS place
    FROM shares
    WHERE share - usual_share >= 0.2
)
SELECT
    a.month,
    a.rank,
    a.distribution,
    a.name,
    a.date,
    a.metric,
    a.value,
    a.baseline,
    a.excess,
    a.ratio,
    a.excess_usd,
    a.missing_hours,
    a.is_gap,
    a.reference_date,
    CASE b.dimension
        WHEN 1 THEN 'user_agent_family'
        WHEN 2 THEN 'path'
        WHEN 3 THEN 'prefix'
        WHEN 4 THEN 'region'
        WHEN 5 THEN 'status'
        WHEN 6 THEN 'cache_result'
        WHEN 7 THEN 'hour_of_day'
    END AS dimension,
    b.member,
    CAST(CASE WHEN b.share > 999 THEN 999 ELSE b.share END AS DECIMAL(9, 6)) AS member_share,
    CAST(b.usual_share AS DECIMAL(9, 6)) AS usual_share
FROM anomalous_days a
LEFT JOIN best b
    ON b.month = a.month AND b.distribution = a.distribution AND b.date = a.date AND b.metric = a.metric
    AND b.place = 1
