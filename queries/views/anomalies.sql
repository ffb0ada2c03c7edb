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
        edge_region(coalesce(substr(edge_location, 1, 3), '-')) AS region,
        arrow_cast(coalesce(status, 0), 'Utf8View') AS status,
        coalesce(response_result_type, result_type, '-') AS cache_result,
        CAST(time AS BIGINT) / 3600000000 % 24 AS hour_of_day,
        coalesce(response_bytes, 0) AS response_bytes,
        CASE
            WHEN status >= 400
                OR status = 0
                OR coalesce(response_result_type, result_type) IN ('Error', 'LimitExceeded', 'CapacityExceeded')
                THEN 1
            ELSE 0
        END AS errors,
        CASE WHEN coalesce(response_result_type, result_type) = 'Miss' THEN 1 ELSE 0 END AS misses
    FROM requests
),
-- Not GROUPING SETS: a filter on the month would not get past them. Each of these is counted in the
-- same pass.
families AS (
    SELECT
        r.month, r.date, r.distribution, r.user_agent_family AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    GROUP BY 1, 2, 3, 4
),
prefixes AS (
    SELECT
        r.month, r.date, r.distribution, r.prefix AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    GROUP BY 1, 2, 3, 4
),
regions AS (
    SELECT
        r.month, r.date, r.distribution, r.region AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    GROUP BY 1, 2, 3, 4
),
statuses AS (
    SELECT
        r.month, r.date, r.distribution, r.status AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    GROUP BY 1, 2, 3, 4
),
cache_results AS (
    SELECT
        r.month, r.date, r.distribution, r.cache_result AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    GROUP BY 1, 2, 3, 4
),
hours AS (
    SELECT
        r.month, r.date, r.distribution, r.hour_of_day AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    GROUP BY 1, 2, 3, 4
),
paths AS (
    SELECT
        r.month, r.date, r.distribution, r.path AS member,
        sum(r.response_bytes) AS response_bytes, count(*) AS requests, sum(r.errors) AS errors, sum(r.misses) AS misses
    FROM asked r
    LEFT SEMI JOIN days d ON d.month = r.month AND d.distribution = r.distribution AND d.date = r.date
    LEFT SEMI JOIN top_paths t ON t.month = r.month AND t.distribution = r.distribution AND t.path = r.path
    GROUP BY 1, 2, 3, 4
),
members AS (
    SELECT 1 AS dimension, month, date, distribution, arrow_cast(member, 'Utf8View') AS member, response_bytes, requests, errors, misses FROM families
    UNION ALL
    SELECT 2 AS dimension, month, date, distribution, arrow_cast(member, 'Utf8View') AS member, response_bytes, requests, errors, misses FROM paths
    UNION ALL
    SELECT 3 AS dimension, month, date, distribution, arrow_cast(member, 'Utf8View') AS member, response_bytes, requests, errors, misses FROM prefixes
    UNION ALL
    SELECT 4 AS dimension, month, date, distribution, arrow_cast(member, 'Utf8View') AS member, response_bytes, requests, errors, misses FROM regions
    UNION ALL
    SELECT 5 AS dimension, month, date, distribution, arrow_cast(member, 'Utf8View') AS member, response_bytes, requests, errors, misses FROM statuses
    UNION ALL
    SELECT 6 AS dimension, month, date, distribution, arrow_cast(member, 'Utf8View') AS member, response_bytes, requests, errors, misses FROM cache_results
    UNION ALL
    SELECT 7 AS dimension, month, date, distribution, arrow_cast(concat(lpad(arrow_cast(member, 'Utf8'), 2, '0'), ':00'), 'Utf8View') AS member, response_bytes, requests, errors, misses FROM hours
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
