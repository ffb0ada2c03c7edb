-- purpose: hours with and without logged requests
-- grain:   month, distribution
-- units:   hours (UTC); longest_gap_hours is the longest run without requests between two logged
--          hours of the month
-- notes:   CloudFront writes no file for an idle hour, so an hour without logs is a question, not
--          a loss
-- order:   month, distribution
WITH gaps AS (
    SELECT
        month,
        distribution,
        hour,
        date_part('epoch', hour) - date_part('epoch', lag(hour) OVER (PARTITION BY month, distribution ORDER BY hour))
            AS step_s
    FROM hourly_traffic
),
covered AS (
    SELECT
        month,
        distribution,
        count(*) AS hours_with_logs,
        min(hour) AS first_hour,
        max(hour) AS last_hour,
        CAST(coalesce(max(step_s), 3600) / 3600 AS BIGINT) - 1 AS longest_gap_hours,
        CAST(
            date_part(
                'day',
                date_trunc('month', min(hour)) + INTERVAL '1 month' - INTERVAL '1 day'
            ) AS BIGINT
        ) * 24 AS hours_in_month
    FROM gaps
    GROUP BY month, distribution
)
SELECT
    c.month,
    c.distribution,
    d.name,
    c.hours_in_month,
    c.hours_with_logs,
    c.hours_in_month - c.hours_with_logs AS hours_without_logs,
    c.longest_gap_hours,
    c.first_hour,
    c.last_hour
FROM covered c
JOIN distributions d ON d.distribution = c.distribution
