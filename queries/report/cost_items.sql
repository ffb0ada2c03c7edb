-- purpose: cost by side and item
-- order:   side, item, unit
SELECT side, item, unit, sum(quantity) AS quantity, sum(usd) AS usd_exact
FROM cost_lines
WHERE month = $month
GROUP BY side, item, unit
ORDER BY side, item, unit
