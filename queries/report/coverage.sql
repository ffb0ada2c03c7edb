-- purpose: hours with and without logged requests
-- order:   distribution
SELECT
    distribution,
    name,
    hours_in_month,
    hours_with_logs,
    hours_without_logs,
    longest_gap_hours,
    first_hour,
    last_hour
FROM log_coverage
WHERE month = $month
ORDER BY distribution
