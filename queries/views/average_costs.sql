-- purpose: every cost line shared over the distributions that caused it, at the line's average rate
-- grain:   month, distribution, side, item, region, protocol, storage_class
-- units:   quantity in the line's unit; usd rounded at 10^-12
-- notes:   tiers and allowances belong to the organisation, so a distribution's cost is a share of
--          a line: quantity / line quantity × line usd. Units of no distribution are shared by
--          requests.
-- order:   month, distribution, side, item, region, protocol, storage_class
WITH requests AS (
    SELECT month, distribution, sum(requests) AS requests
    FROM usage
    GROUP BY month, distribution
),
month_requests AS (
    SELECT month, sum(requests) AS requests FROM requests GROUP BY month
),
parts AS (
    SELECT
        q.month,
        coalesce(r.distribution, q.distribution) AS distribution,
        q.side,
        q.item,
        q.region,
        q.protocol,
        q.storage_class,
        q.unit,
        -- A part of a quantity: r is NULL where the quantity has a distribution of its own.
        CAST(q.quantity AS DECIMAL(20, 0)) * coalesce(r.requests, 1) AS numerator,
        CASE WHEN r.requests IS NULL THEN 1 ELSE m.requests END AS denominator
    FROM line_quantities q
    JOIN month_requests m ON m.month = q.month
    LEFT JOIN requests r ON q.distribution = '' AND r.month = q.month
)
SELECT
    p.month,
    p.distribution,
    d.name,
    d.origin,
    p.side,
    p.item,
    p.region,
    p.protocol,
    p.storage_class,
    p.unit,
    CAST(sum(CAST(p.numerator AS DECIMAL(40, 6)) / CAST(p.denominator AS DECIMAL(40, 0))) AS DECIMAL(38, 6)) AS quantity,
    sum(
        -- More than 38 digits everywhere: a large quantity times a large amount needs them, and
        -- decimals of two widths are first brought to one scale, which wastes them.
        CAST(
            CAST(l.usd AS DECIMAL(40, 12)) * CAST(p.numerator AS DECIMAL(40, 0))
            / CAST(CAST(l.quantity AS DECIMAL(20, 0)) * p.denominator AS DECIMAL(40, 0))
            AS DECIMAL(38, 12)
        )
    ) AS usd
FROM parts p
JOIN cost_lines l
    ON l.month = p.month AND l.side = p.side AND l.item = p.item AND l.region = p.region
    AND l.protocol = p.protocol AND l.storage_class = p.storage_class
JOIN distributions d ON d.distribution = p.distribution
GROUP BY p.month, p.distribution, d.name, d.origin, p.side, p.item, p.region, p.protocol, p.storage_class, p.unit
