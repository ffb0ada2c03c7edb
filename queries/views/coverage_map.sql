-- purpose: the month as a map of hours by days: how many distributions have logs in each hour
-- grain:   month, date, hour_of_day
-- units:   distributions, distributions_with_requests, objects, quarantined, rejected_rows and
--          requests counts; date and hour_of_day (0 to 23) are UTC
-- notes:   every hour of every day of the month, covered or not. distributions is how many have any
--          hour in the month.
-- order:   month, date, hour_of_day
WITH covered AS (
    SELECT
        month,
        date,
        hour_of_day,
        count(*) FILTER (WHERE state = 'requests') AS distributions_with_requests,
        sum(objects) AS objects,
        sum(quarantined) AS quarantined,
        sum(rejected_rows) AS rejected_rows,
        sum(requests) AS requests
    FROM coverage_hours
    GROUP BY month, date, hour_of_day
),
months_covered AS (
    SELECT
        month,
        count(DISTINCT distribution) AS distributions,
        date_trunc('month', min(date)) AS first_day
    FROM coverage_hours
    GROUP BY month
),
grid AS (
    SELECT
        m.month,
        m.distributions,
        CAST(m.first_day AS DATE) AS first_date,
        arrow_cast(CAST(date_part('epoch', m.first_day) / 86400 AS INT) + n.step / 24, 'Date32') AS date,
        CAST(n.step % 24 AS BIGINT) AS hour_of_day
    FROM (SELECT CAST(value AS INT) AS step FROM generate_series(0, 743)) AS n
    CROSS JOIN months_covered m
)
SELECT
    g.month,
    g.date,
    g.hour_of_day,
    g.distributions,
    coalesce(c.distributions_with_requests, 0) AS distributions_with_requests,
    coalesce(c.objects, 0) AS objects,
    coalesce(c.quarantined, 0) AS quarantined,
    coalesce(c.rejected_rows, 0) AS rejected_rows,
    coalesce(c.requests, 0) AS requests
FROM grid g
LEFT JOIN covered c ON c.month = g.month AND c.date = g.date AND c.hour_of_day = g.hour_of_day
WHERE date_part('month', g.date) = date_part('month', g.first_date)
