-- question: At which hours was traffic far below what is usual for that hour of the day?
-- grain: one row a distribution and hour (UTC), also without a request, up to the last hour of the lake with any
-- units: bytes; usual_* are medians of the month's days at this hour; share from 0 to 1
-- order: usual_bytes from the largest, distribution, hour
-- param: month text newest  UTC month, YYYY-MM
-- param: below decimal 0.2  Share of the usual bytes below which an hour is quiet
-- param: rows integer 20  How many rows
WITH hours AS (
    SELECT
        distribution,
        hour,
        CAST(hour AS DATE) AS date,
        CAST(date_part('hour', hour) AS BIGINT) AS hour_of_day,
        requests,
        response_bytes
    FROM hourly_traffic
    WHERE month = $month
),
-- Where the lake ends, with data of any distribution, nothing is quiet yet.
ends AS (
    SELECT
        (SELECT max(month) FROM months) > $month AS is_over,
        CAST(CAST($month || '-01' AS DATE) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE) AS month_end,
        max(date) AS last_date,
        CAST(date_part('hour', max(hour)) AS BIGINT) AS last_hour_of_day
    FROM hours
),
usual AS (
    SELECT
        distribution,
        hour_of_day,
        count(*) AS days,
        CAST(median(requests) AS BIGINT) AS usual_requests,
        CAST(median(response_bytes) AS BIGINT) AS usual_bytes
    FROM hours
    GROUP BY distribution, hour_of_day
),
-- An hour without a request has no row, nor has a day without any: all days between are asked.
days AS (
    SELECT
        distribution,
        CAST(unnest(generate_series(first_date, last_date, INTERVAL '1 day')) AS DATE) AS date
    FROM (
        SELECT
            distribution,
            min(date) AS first_date,
            CASE WHEN is_over THEN month_end ELSE last_date END AS last_date
        FROM hours
        CROSS JOIN ends
        GROUP BY distribution, 3
    ) AS spans
),
beside AS (
    SELECT
        u.distribution,
        d.date,
        u.hour_of_day,
        coalesce(h.requests, 0) AS requests,
        coalesce(h.response_bytes, 0) AS egress_bytes,
        u.usual_requests,
        u.usual_bytes
    FROM usual u
    JOIN days d ON d.distribution = u.distribution
    CROSS JOIN ends e
    LEFT JOIN hours h
        ON h.distribution = u.distribution
        AND h.date = d.date
        AND h.hour_of_day = u.hour_of_day
    -- Seen on most days, or nothing is usual.
    WHERE u.days >= 20
        AND (e.is_over OR d.date < e.last_date OR u.hour_of_day <= e.last_hour_of_day)
)
SELECT
    n.name AS distribution,
    b.date,
    b.hour_of_day,
    b.requests,
    b.egress_bytes,
    b.usual_requests,
    b.usual_bytes,
    CAST(CAST(b.egress_bytes AS DECIMAL(26, 6)) / nullif(b.usual_bytes, 0) AS DECIMAL(18, 6)) AS share
FROM beside b
JOIN distributions n ON n.distribution = b.distribution
WHERE b.egress_bytes < b.usual_bytes * CAST($below AS DECIMAL(9, 6))
ORDER BY usual_bytes DESC, distribution, b.date, b.hour_of_day
LIMIT $rows
