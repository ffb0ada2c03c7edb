-- purpose: fees for units besides traffic: invalidations, functions, Origin Shield and the like
-- grain:   month, service, item, region
-- units:   quantity and free_quantity in units of the item; usd rounded at 10^-12
-- notes:   free units are per account and month. A region without a price of its own is charged
--          the dearest known price of the item and marked is_assumed. Only items of service
--          'cloudfront' are cost lines: S3's would be the same on both sides.
-- order:   month, service, item, region
WITH units AS (
    SELECT month, item, region, sum(quantity) AS quantity
    FROM other_usage
    WHERE quantity > 0
    GROUP BY month, item, region
),
dearest AS (
    SELECT u.month, p.service, p.item, min(p.unit) AS unit, max(p.usd_per_unit) AS usd_per_unit
    FROM (SELECT DISTINCT month, item FROM units) u
    JOIN other_prices p
        ON p.item = u.item AND p.valid_from <= u.month AND (p.valid_until IS NULL OR u.month < p.valid_until)
    GROUP BY u.month, p.service, p.item
),
priced AS (
    SELECT
        u.month,
        d.service,
        u.item,
        u.region,
        d.unit,
        u.quantity,
        least(coalesce(p.free_units_per_month, 0), u.quantity) AS free_quantity,
        p.usd_per_unit IS NULL AS is_assumed,
        coalesce(p.usd_per_unit, d.usd_per_unit) AS usd_per_unit
    FROM units u
    JOIN dearest d ON d.month = u.month AND d.item = u.item
    LEFT JOIN other_prices p
        ON p.service = d.service AND p.item = u.item AND p.region = u.region
        AND p.valid_from <= u.month AND (p.valid_until IS NULL OR u.month < p.valid_until)
)
SELECT
    *,
    CAST(CAST(quantity - free_quantity AS DECIMAL(20, 0)) * usd_per_unit AS DECIMAL(38, 12)) AS usd
FROM priced
