-- question: How much of the budget is spent, and when do the credits run out at this rate?
-- grain: one row a month, if the settings have a budget or credits
-- units: USD in cents; budget_share from 0; months_left with two places
-- order: month
-- param: month text all  UTC month, YYYY-MM
SELECT
    month,
    is_running,
    spent_usd,
    forecast_usd,
    budget_usd,
    budget_share,
    credits_usd,
    credits_left_usd,
    months_left,
    exhausted_on
FROM runway
WHERE $month IS NULL OR month = $month
ORDER BY month
