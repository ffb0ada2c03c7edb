-- purpose: the month against its budget, and how long credits last
-- order:   month
-- A month with a later one is over: where its last day has no logs, what it comes to is not known.
WITH newest AS (
    SELECT max(month) AS month FROM months
)
SELECT
    r.month,
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
FROM newest n
CROSS JOIN runway r
WHERE r.month = $month AND (NOT r.is_running OR n.month = $month)
ORDER BY r.month
