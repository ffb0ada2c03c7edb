-- purpose: why CloudFront's side costs more or less than in the month that is compared with
-- order:   position
SELECT
    previous_month,
    position,
    step,
    usd AS step_usd,
    usd_so_far AS reached_usd,
    previous_month_usd,
    month_usd,
    days,
    previous_days,
    covered_days,
    previous_covered_days,
    is_comparable
FROM cost_changes
WHERE month = $month AND previous_month = $previous
ORDER BY position
