-- purpose: the bill against the logs, by distribution and usage type
-- grain:   month, distribution, usage_type
-- units:   as in bill_comparison
-- notes:   only months whose bill names distributions (exports with resource ids). What it does not
--          give to one has distribution NULL. Quantities compare; our costs are shares of
--          organisation-wide ladders and allowances, which AWS shares in its own way.
-- order:   month, distribution, usage_type
WITH named AS (
    SELECT month FROM bill_usage WHERE distribution IS NOT NULL GROUP BY month
),
sides AS (
    SELECT
        month, distribution, usage_type, unit AS bill_unit, CAST(NULL AS VARCHAR) AS our_unit,
        quantity AS bill_quantity, CAST(NULL AS DECIMAL(38, 12)) AS our_quantity,
        free_quantity AS bill_free_quantity,
        usd AS bill_usd, CAST(NULL AS DECIMAL(38, 12)) AS our_usd
    FROM bill_usage
    WHERE month IN (SELECT month FROM named)
    UNION ALL
    SELECT month, distribution, usage_type, NULL, unit, NULL, quantity, NULL, NULL, usd
    FROM bill_estimate
    WHERE month IN (SELECT month FROM named)
),
compared AS (
    SELECT
        month,
        distribution,
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
    GROUP BY month, distribution, usage_type
)
SELECT c.*, d.name
FROM compared c
LEFT JOIN distributions d ON d.distribution = c.distribution
