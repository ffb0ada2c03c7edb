-- question: What would the month have cost at other providers' list prices?
-- grain: one row a provider and plan
-- units: USD in cents; unpriced_bytes have no public price there; seen is the day of the price list
-- order: usd from the smallest, provider, plan
-- param: month text newest  UTC month, YYYY-MM
SELECT provider, plan, usd, unpriced_bytes, seen, confidence, not_comparable
FROM competitor_cost
WHERE month = $month
ORDER BY usd, provider, plan
