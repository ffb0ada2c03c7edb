-- purpose: what a running month will come to, with a band
-- grain:   month, metric
-- units:   so_far, expected, low and high in unit: bytes, requests, or USD in whole cents; days UTC
-- notes:   no rows for a month whose last day has requests. Traffic is forecast_traffic's. Dollars
--          are the month priced again with its bytes and its requests grown as forecast, through
--          free allowances and tiers (forecast_costs()); plans and units from the settings stay as
--          they are. s3_usd is the counterfactual's.
-- order:   month, metric
WITH priced AS (
    SELECT
        month,
        side,
        max(usd_exact) FILTER (WHERE bound = 'expected') AS expected,
        max(usd_exact) FILTER (WHERE bound = 'low') AS low,
        max(usd_exact) FILTER (WHERE bound = 'high') AS high
    FROM forecast_costs()
    GROUP BY month, side
),
dollars AS (
    SELECT
        f.month,
        p.side,
        max(f.as_of) AS as_of,
        max(f.days_with_data) AS days_with_data,
        max(f.days_in_month) AS days_in_month,
        max(f.remaining_days) AS remaining_days,
        max(f.history_days) AS history_days,
        max(f.method) AS method,
        max(p.expected) AS expected,
        max(p.low) AS low,
        max(p.high) AS high
    FROM forecast_traffic f
    JOIN priced p ON p.month = f.month
    GROUP BY f.month, p.side
),
metrics AS (
    SELECT
        month, metric, unit, as_of, days_with_data, days_in_month, remaining_days, history_days, method,
        CAST(so_far AS DECIMAL(21, 2)) AS so_far,
        CAST(expected AS DECIMAL(21, 2)) AS expected,
        CAST(low AS DECIMAL(21, 2)) AS low,
        CAST(high AS DECIMAL(21, 2)) AS high
    FROM forecast_traffic
    UNION ALL
    SELECT
        d.month,
        CASE d.side WHEN 's3' THEN 's3_usd' ELSE 'cloudfront_usd' END,
        'usd', d.as_of, d.days_with_data, d.days_in_month, d.remaining_days, d.history_days, d.method,
        CAST(m.usd AS DECIMAL(21, 2)),
        CAST(round(d.expected, 2) AS DECIMAL(21, 2)),
        CAST(round(d.low, 2) AS DECIMAL(21, 2)),
        CAST(round(d.high, 2) AS DECIMAL(21, 2))
    FROM dollars d
    JOIN monthly_cost m ON m.month = d.month AND m.side = d.side
)
-- Grouped, the union is one table to whoever sorts it.
SELECT
    month, metric, unit, as_of, days_with_data, days_in_month, remaining_days, history_days, method,
    max(so_far) AS so_far, max(expected) AS expected, max(low) AS low, max(high) AS high
FROM metrics
GROUP BY month, metric, unit, as_of, days_with_data, days_in_month, remaining_days, history_days, method
