-- purpose: traffic that no price card covers; a report with any such row would understate
-- grain:   month, side, item, region
-- units:   quantity in the item's unit (bytes or requests)
-- order:   month, side, item, region
WITH priced AS (
    SELECT month, side, item, region, protocol, storage_class FROM cost_lines
)
SELECT q.month, q.side, q.item, q.region, q.unit, sum(q.quantity) AS quantity
FROM line_quantities q
LEFT JOIN priced p
    ON p.month = q.month AND p.side = q.side AND p.item = q.item AND p.region = q.region
    AND p.protocol = q.protocol AND p.storage_class = q.storage_class
WHERE p.item IS NULL
GROUP BY q.month, q.side, q.item, q.region, q.unit
