-- purpose: every hour of the month, with the logs and requests that it has
-- order:   date, hour_of_day
SELECT
    date,
    hour_of_day,
    distributions,
    distributions_with_requests,
    objects,
    quarantined,
    rejected_rows,
    requests
FROM coverage_map
WHERE month = $month
ORDER BY date, hour_of_day
