-- purpose: every cost line of the account, CloudFront's and the S3 counterfactual's
-- grain:   month, side, item, region, protocol, storage_class
-- units:   quantity in unit (before free allowances); usd rounded at 10^-12
-- notes:   region is a billing region of CloudFront, the bucket's of S3's lines, the name of a
--          plan. settings.cloudfront_discount is taken off CloudFront's traffic lines.
-- order:   month, side, item, region, protocol, storage_class
WITH listed AS (
    SELECT
        month, 'egress' AS item, region, '' AS protocol,
        'bytes' AS unit, max(region_bytes) AS quantity, sum(usd) AS usd
    FROM cloudfront_egress_cost
    GROUP BY month, region
    UNION ALL
    SELECT month, item, region, billing_protocol, 'requests', requests, usd
    FROM cloudfront_request_cost
    UNION ALL
    SELECT month, 'origin_transfer', region, '', 'bytes', bytes, usd
    FROM cloudfront_origin_transfer_cost
),
lines AS (
    SELECT
        l.month, 'cloudfront' AS side, l.item, l.region, l.protocol, '' AS storage_class,
        l.unit, l.quantity, CAST(l.usd * (1 - s.cloudfront_discount) AS DECIMAL(38, 12)) AS usd
    FROM settings s
    CROSS JOIN listed l
    UNION ALL
    SELECT
        month, 's3', 'egress', bucket_region, '', '',
        'bytes', max(region_bytes), sum(usd)
    FROM s3_egress_cost
    GROUP BY month, bucket_region
    UNION ALL
    SELECT month, side, item, bucket_region, '', storage_class, unit, quantity, usd
    FROM s3_read_cost
    UNION ALL
    SELECT month, 'cloudfront', 'plan', plan, '', '', 'plans', plans, usd
    FROM plan_cost
    UNION ALL
    SELECT month, 'cloudfront', item, region, '', '', unit, quantity, usd
    FROM other_cost
    WHERE service = 'cloudfront'
)
-- The lines are unique already; grouped, the union is one table to whoever sorts it.
SELECT month, side, item, region, protocol, storage_class, unit, sum(quantity) AS quantity, sum(usd) AS usd
FROM lines
GROUP BY month, side, item, region, protocol, storage_class, unit
