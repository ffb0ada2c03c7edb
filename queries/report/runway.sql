-- purpose: the month against its budget, and how long credits last
-- order:   month
SELECT
    month,
    is_running,
    spent_usd,
    forecast_low_usd,
    forecast_usd,
    forecast_high_usd,
    budget_usd,
    CAST(budget_share AS DECIMAL(20, 6)) AS budget_share,
    over_budget_usd,
    credits_usd,
    credits_left_usd,
    months_left,
    exhausted_on,
    months_missing
FROM runway
WHERE month = $month
ORDER BY month
