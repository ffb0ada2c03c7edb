-- purpose: the month against its budget, and how long credits last at its rate
-- grain:   month
-- units:   USD in whole cents; budget_share with six decimals; months_left with two; dates UTC
-- notes:   rows only with settings.budget_usd or credits_usd. spent_usd is CloudFront's side so far,
--          forecast_usd what the month comes to (low, expected, high; all spent_usd once it is
--          over). over_budget_usd is forecast less budget: negative is under. credits_usd is what
--          was left of the credits at the month's start, after what the months since
--          settings.credits_as_of cost; months_missing are those of them that the lake does not
--          have, which count as nothing. months_left are the months that credits_left_usd lasts
--          after this one, and exhausted_on is the day of the last credit, both at this month's
--          forecast; NULL beyond a hundred years, before credits_as_of, and without spending.
-- order:   month
WITH spent AS (
    SELECT month, usd FROM monthly_cost WHERE side = 'cloudfront'
),
forecast_usd AS (
    SELECT month, expected, low, high FROM forecast WHERE metric = 'cloudfront_usd'
),
months_with AS (
    SELECT
        s.month,
        f.month IS NOT NULL AS is_running,
        s.usd AS spent_usd,
        coalesce(CAST(f.expected AS DECIMAL(20, 2)), s.usd) AS forecast_usd,
        CASE WHEN f.month IS NULL THEN s.usd ELSE CAST(f.low AS DECIMAL(20, 2)) END AS forecast_low_usd,
        CASE WHEN f.month IS NULL THEN s.usd ELSE CAST(f.high AS DECIMAL(20, 2)) END AS forecast_high_usd
    FROM spent s
    LEFT JOIN forecast_usd f ON f.month = s.month
),
told AS (
    SELECT
        m.*,
        s.budget_usd,
        greatest(
            CASE WHEN c.month IS NOT NULL THEN s.credits_usd - c.spent_usd END,
            CASE WHEN c.month IS NOT NULL THEN CAST(0 AS DECIMAL(20, 2)) END
        ) AS credits_usd,
        c.months_missing,
        arrow_cast(CAST(m.month || '-01' AS DATE), 'Int32') AS first_day,
        CAST(
            date_part('day', CAST(m.month || '-01' AS DATE) + INTERVAL '1 month' - INTERVAL '1 day') AS BIGINT
        ) AS days_in_month
    FROM settings s
    CROSS JOIN months_with m
    LEFT JOIN credits_spent() c ON c.month = m.month
    WHERE s.budget_usd IS NOT NULL OR s.credits_usd IS NOT NULL
),
lasting AS (
    SELECT
        *,
        greatest(credits_usd - forecast_usd, CAST(0 AS DECIMAL(20, 2))) AS left_usd,
        -- The day of the last credit, counted from the month's first.
        CASE
            WHEN credits_usd > 0
            THEN ceil(CAST(credits_usd * days_in_month AS DECIMAL(32, 6)) / nullif(forecast_usd, 0))
        END AS lasts_days
    FROM told
)
SELECT
    month,
    is_running,
    spent_usd,
    forecast_low_usd,
    forecast_usd,
    forecast_high_usd,
    budget_usd,
    CAST(CAST(forecast_usd AS DECIMAL(28, 6)) / nullif(budget_usd, 0) AS DECIMAL(20, 6)) AS budget_share,
    CAST(forecast_usd - budget_usd AS DECIMAL(20, 2)) AS over_budget_usd,
    CAST(credits_usd AS DECIMAL(20, 2)) AS credits_usd,
    CAST(CASE WHEN credits_usd IS NOT NULL THEN left_usd END AS DECIMAL(20, 2)) AS credits_left_usd,
    CASE
        WHEN credits_usd IS NOT NULL AND (lasts_days IS NULL OR lasts_days < 36525)
        THEN CAST(CAST(left_usd AS DECIMAL(28, 6)) / nullif(forecast_usd, 0) AS DECIMAL(20, 2))
    END AS months_left,
    CASE
        WHEN lasts_days < 36525 THEN arrow_cast(first_day + CAST(least(lasts_days, 36525) AS INT) - 1, 'Date32')
    END AS exhausted_on,
    months_missing
FROM lasting
