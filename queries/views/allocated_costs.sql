-- purpose: every cost line shared over the distributions by the chosen method
-- grain:   month, distribution, side, item, region, protocol, storage_class
-- units:   quantity in the line's unit; usd rounded at 10^-12
-- notes:   settings.allocation: 'average' leaves the shares of average_costs as they are; the
--          other methods stretch all shares of a distribution's side alike, so that they sum to
--          what the method gives it (chosen_allocation is empty for 'average')
-- order:   month, distribution, side, item, region, protocol, storage_class
WITH average AS (
    SELECT month, distribution, side, sum(usd) AS usd FROM average_costs GROUP BY month, distribution, side
)
SELECT
    c.month,
    c.distribution,
    c.name,
    c.origin,
    c.side,
    c.item,
    c.region,
    c.protocol,
    c.storage_class,
    c.unit,
    c.quantity,
    CASE
        WHEN m.share_usd IS NULL OR a.usd = 0 THEN c.usd
        ELSE CAST(
            CAST(c.usd AS DECIMAL(40, 12)) * CAST(m.share_usd AS DECIMAL(40, 12)) / CAST(a.usd AS DECIMAL(40, 12))
            AS DECIMAL(38, 12)
        )
    END AS usd
FROM average_costs c
JOIN average a ON a.month = c.month AND a.distribution = c.distribution AND a.side = c.side
LEFT JOIN chosen_allocation m
    ON m.month = c.month AND m.distribution = c.distribution AND m.side = c.side
