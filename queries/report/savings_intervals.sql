-- purpose: what the savings of each distribution may lie between, for what logs cannot tell
-- order:   savings_usd DESC, distribution
SELECT distribution, name, low_usd, savings_usd, high_usd
FROM savings_intervals
WHERE month = $month
ORDER BY savings_usd DESC, distribution
