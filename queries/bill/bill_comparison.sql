-- purpose: the bill against the logs, by usage type
-- grain:   month, usage_type
-- units:   quantities in unit (GB is 2^30 bytes); differences are ours less the bill's; the ratio
--          is ours / the bill's with six decimals, NULL where either has none; usd rounded at 10^-12
-- notes:   found_in is 'both', 'bill' or 'logs'. Months that the bill does not hold are left out.
-- order:   month, usage_type
WITH sides AS (
    SELECT
        month, usage_type, unit AS bill_unit, CAST(NULL AS VARCHAR) AS our_unit,
        quantity AS bill_quantity, CAST(NULL AS DECIMAL(38, 12)) AS our_quantity,
        free_quantity AS bill_free_quantity,
        usd AS bill_usd, CAST(NULL AS DECIMAL(38, 12)) AS our_usd
    FROM bill_usage
    UNION ALL
    SELECT month, usage_type, NULL, unit, NULL, quantity, NULL, NULL, usd
    FROM bill_estimate
    WHERE month IN (SELECT month FROM bill_usage)
)
SELECT
    month,
    usage_type,
    CASE
        WHEN count(our_quantity) = 0 THEN 'bill'
        WHEN count(bill_quantity) = 0 THEN 'logs'
        ELSE 'both'
    END AS found_in,
    coalesce(max(our_unit), max(bill_unit)) AS unit,
    max(bill_unit) AS bill_unit,
    coalesce(sum(bill_quantity), 0) AS bill_quantity,
    coalesce(sum(our_quantity), 0) AS our_quantity,
    coalesce(sum(our_quantity), 0) - coalesce(sum(bill_quantity), 0) AS quantity_difference,
    CAST(
        CAST(sum(our_quantity) AS DECIMAL(60, 12)) / nullif(sum(bill_quantity), 0) AS DECIMAL(38, 6)
    ) AS quantity_ratio,
    coalesce(sum(bill_free_quantity), 0) AS bill_free_quantity,
    coalesce(sum(bill_usd), 0) AS bill_usd,
    coalesce(sum(our_usd), 0) AS our_usd,
    coalesce(sum(our_usd), 0) - coalesce(sum(bill_usd), 0) AS usd_difference
FROM sides
GROUP BY month, usage_type
