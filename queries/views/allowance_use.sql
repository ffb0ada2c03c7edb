-- purpose: how much of each free allowance the month has used
-- grain:   month, side, item
-- units:   quantity, allowance, used and unused in unit; used_share 0 to 1 with six decimals
-- notes:   allowances hold for the whole organisation. One that the settings say is used up
--          elsewhere has is_available false, and nothing of it is used here.
-- order:   month, side, item
WITH needed AS (
    SELECT month, side, item, unit, sum(quantity) AS quantity
    FROM (
        SELECT
            month,
            side,
            CASE item WHEN 'proxy_requests' THEN 'requests' ELSE item END AS item,
            unit,
            quantity
        FROM line_quantities
        WHERE item = 'egress' OR (side = 'cloudfront' AND item IN ('requests', 'proxy_requests'))
    ) AS counted
    GROUP BY month, side, item, unit
),
allowed AS (
    SELECT
        n.*,
        CASE n.item WHEN 'egress' THEN c.free_bytes ELSE c.free_requests END AS allowance,
        s.cloudfront_free_tier AS is_available
    FROM settings s
    CROSS JOIN needed n
    JOIN cloudfront_allowances c
        ON n.side = 'cloudfront' AND c.valid_from <= n.month AND (c.valid_until IS NULL OR n.month < c.valid_until)
    UNION ALL
    SELECT n.*, a.free_bytes, s.s3_free_tier
    FROM settings s
    CROSS JOIN needed n
    JOIN s3_allowances a
        ON n.side = 's3' AND a.valid_from <= n.month AND (a.valid_until IS NULL OR n.month < a.valid_until)
),
used AS (
    SELECT
        month,
        side,
        item,
        unit,
        CAST(quantity AS BIGINT) AS quantity,
        CAST(allowance AS BIGINT) AS allowance,
        is_available,
        CAST(CASE WHEN is_available THEN least(allowance, quantity) ELSE 0 END AS BIGINT) AS used
    FROM allowed
)
-- Grouped, the union is one table to whoever sorts it.
SELECT
    month,
    side,
    item,
    unit,
    is_available,
    max(quantity) AS quantity,
    max(allowance) AS allowance,
    max(used) AS used,
    max(CASE WHEN is_available THEN allowance - used ELSE 0 END) AS unused,
    max(CAST(CAST(used AS DECIMAL(26, 6)) / nullif(allowance, 0) AS DECIMAL(9, 6))) AS used_share
FROM used
WHERE allowance > 0
GROUP BY month, side, item, unit, is_available
