-- question: At which hours was traffic far below what is usual for that hour of the day?
-- grain: one row a distribution and hour (UTC), also hours without a single request
-- units: bytes; usual_* are medians of the month's days at this hour; share from 0 to 1
-- order: usual_bytes from the largest, distribution, hour
-- param: month text newest  UTC month, YYYY-MM
-- param: below decimal 0.2  Share of the usual bytes below which an hour is quiet
-- param: rows integer 20  How many rows
WITH hours AS (
    SELECT
        distribution,
        CAST(hour AS DATE) AS date,
        CAST(date_part('hour', hour) AS BIGINT) AS hour_of_day,
        requests,
        response_bytes
    FROM hourly_traffic
    WHERE month = $month
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
-- An hour without a request has no row: it comes from the days that have one.
days AS (
    SELECT DISTINCT date FROM hours
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
    CROSS JOIN days d
    LEFT JOIN hours h
        ON h.distribution = u.distribution
        AND h.date = d.date
        AND h.hour_of_day = u.hour_of_day
    -- Seen on most days, or nothing is usual.
    WHERE u.days >= 20
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
