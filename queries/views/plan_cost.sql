-- purpose: the flat monthly price of distributions on a plan
-- grain:   month, plan
-- units:   plans a count; usd_per_month and usd in USD
-- order:   month, plan
SELECT
    q.month,
    q.region AS plan,
    sum(q.quantity) AS plans,
    p.usd_per_month,
    CAST(sum(q.quantity) * p.usd_per_month AS DECIMAL(38, 12)) AS usd
FROM line_quantities q
JOIN cloudfront_plans p
    ON p.plan = q.region
    AND p.valid_from <= q.month AND (p.valid_until IS NULL OR q.month < p.valid_until)
WHERE q.item = 'plan'
GROUP BY q.month, q.region, p.usd_per_month
