-- purpose: the bill against the logs, by distribution and usage type
-- grain:   month, distribution, usage_type
-- units:   as in bill_comparison
-- notes:   only months whose bill names distributions (exports with resource ids). What it does not
--          give to one has distribution NULL. Quantities compare; our costs are shares of
--          organisation-wide ladders and allowances, which AWS shares in its own way.
-- order:   month, distribution, usage_type
WITH bill AS (
    SELECT month, coalesce(distribution, '') AS distribution, usage_type, unit, quantity, free_quantity, usd
    FROM bill_usage
    WHERE month IN (SELECT month FROM bill_usage WHERE distribution IS NOT NULL)
),
ours AS (
    SELECT month, distribution, usage_type, unit, quantity, usd
    FROM bill_estimate
    WHERE month IN (SELECT month FROM bill_usage WHERE distribution IS NOT NULL)
)
SELECT
    coalesce(b.month, o.month) AS month,
    nullif(coalesce(b.distribution, o.distribution), '') AS distribution,
    d.name,
    coalesce(b.usage_type, o.usage_type) AS usage_type,
    CASE WHEN o.month IS NULL THEN 'bill' WHEN b.month IS NULL THEN 'logs' ELSE 'both' END AS found_in,
    coalesce(o.unit, b.unit) AS unit,
    b.unit AS bill_unit,
    coalesce(b.quantity, 0) AS bill_quantity,
    coalesce(o.quantity, 0) AS our_quantity,
    coalesce(o.quantity, 0) - coalesce(b.quantity, 0) AS quantity_difference,
    CAST(CAST(o.quantity AS DECIMAL(60, 12)) / nullif(b.quantity, 0) AS DECIMAL(38, 6)) AS quantity_ratio,
    coalesce(b.free_quantity, 0) AS bill_free_quantity,
    coalesce(b.usd, 0) AS bill_usd,
    coalesce(o.usd, 0) AS our_usd,
    coalesce(o.usd, 0) - coalesce(b.usd, 0) AS usd_difference
FROM bill b
FULL JOIN ours o
    ON o.month = b.month AND o.distribution = b.distribution AND o.usage_type = b.usage_type
LEFT JOIN distributions d ON d.distribution = coalesce(b.distribution, o.distribution)
