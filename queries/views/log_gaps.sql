-- purpose: runs of hours without any log object, between a distribution's first and last hour
-- grain:   distribution, gap_start
-- units:   hours a count; gap_start is the UTC time at which the first hour without begins, gap_end
--          that at which the next hour with a log object begins; month is gap_start's
-- notes:   CloudFront writes no file for an idle hour, so a gap is a question, not a loss. The
--          hours before the first and after the last object are no gap: nothing tells whether the
--          distribution was there. Any object ends a gap, also a quarantined one.
-- order:   distribution, gap_start
SELECT
    to_char(last_hour + INTERVAL '1 hour', '%Y-%m') AS month,
    distribution,
    name,
    last_hour + INTERVAL '1 hour' AS gap_start,
    hour AS gap_end,
    CAST(date_part('epoch', hour) - date_part('epoch', last_hour) AS BIGINT) / 3600 - 1 AS hours
FROM (
    SELECT
        distribution,
        name,
        hour,
        lag(hour) OVER (PARTITION BY distribution ORDER BY hour) AS last_hour
    FROM log_hours
    WHERE distribution IS NOT NULL AND hour IS NOT NULL
) AS steps
WHERE date_part('epoch', hour) - date_part('epoch', last_hour) > 3600
