-- purpose: the bill against the logs, by usage type
-- grain:   month, usage_type
-- units:   quantities in unit (GB is 2^30 bytes); differences are ours less the bill's; the ratio
--          is ours / the bill's with six decimals, NULL where either has none; usd rounded at 10^-12
-- notes:   found_in is 'both', 'bill' or 'logs'. Months that the bill does not hold are left out.
-- order:   month, usage_type
WITH bill AS (
    SELECT
        month, usage_type, max(unit) AS unit, sum(quantity) AS quantity,
        sum(free_quantity) AS free_quantity, sum(usd) AS usd
    FROM bill_usage
    GROUP BY month, usage_type
),
ours AS (
    SELECT month, usage_type, max(unit) AS unit, sum(quantity) AS quantity, sum(usd) AS usd
    FROM bill_estimate
    WHERE month IN (SELECT month FROM bill_usage)
    GROUP BY month, usage_type
)
SELECT
    coalesce(b.month, o.month) AS month,
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
FULL JOIN ours o ON o.month = b.month AND o.usage_type = b.usage_type
