-- purpose: prices of other items that no card has
-- order:   item, region
SELECT item, region, usd_per_unit
FROM other_cost
WHERE month = $month AND is_assumed AND service = 'cloudfront'
ORDER BY item, region
