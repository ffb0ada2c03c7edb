-- purpose: how much of each free allowance the month used
-- order:   side, item
SELECT side, item, unit, is_available, quantity, allowance, used, unused, used_share
FROM allowance_use
WHERE month = $month
ORDER BY side, item
