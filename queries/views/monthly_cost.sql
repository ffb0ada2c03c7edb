-- purpose: the month's two sides of the comparison, in whole cents
-- grain:   month, side
-- units:   usd_exact rounded at 10^-12, usd rounded half away from zero to the cent
-- order:   month, side
SELECT
    month,
    side,
    sum(usd) AS usd_exact,
    CAST(round(sum(usd), 2) AS DECIMAL(20, 2)) AS usd
FROM cost_lines
GROUP BY month, side
