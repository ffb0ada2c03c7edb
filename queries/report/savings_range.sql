-- purpose: what the savings may lie between, for what logs cannot tell
-- order:   one row
SELECT low_usd AS savings_low_usd, high_usd AS savings_high_usd
FROM savings_range
WHERE month = $month
