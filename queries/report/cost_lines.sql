-- purpose: cost by side, item, region, protocol and storage class
-- order:   side, item, region, protocol, storage_class
SELECT side, item, region, protocol, storage_class, unit, quantity, usd AS usd_exact
FROM cost_lines
WHERE month = $month
ORDER BY side, item, region, protocol, storage_class
