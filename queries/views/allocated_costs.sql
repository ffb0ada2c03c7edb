-- purpose: every cost line shared over the distributions that caused it, at the line's average rate
-- grain:   month, distribution, side, item, region, protocol
-- units:   quantity in the line's unit; usd rounded at 10^-12
-- notes:   tiers and allowances belong to the organisation, so a distribution's cost is a share of
--          a line: quantity / line quantity × line usd
-- order:   month, distribution, side, item, region, protocol
WITH quantities AS (
    SELECT month, distribution, name, origin, 'cloudfront' AS side, 'egress' AS item, region, '' AS protocol,
        sum(response_bytes) AS quantity
    FROM usage
    GROUP BY month, distribution, name, origin, region
    UNION ALL
    SELECT month, distribution, name, origin, 'cloudfront', 'requests', region, billing_protocol,
        sum(requests)
    FROM usage
    GROUP BY month, distribution, name, origin, region, billing_protocol
    UNION ALL
    SELECT month, distribution, name, origin, 'cloudfront', 'origin_transfer', region, '',
        sum(request_bytes)
    FROM usage
    WHERE is_proxy_method
    GROUP BY month, distribution, name, origin, region
    UNION ALL
    SELECT month, distribution, name, origin, 'cloudfront', 's3_origin_requests', bucket_region, '',
        sum(requests)
    FROM usage
    WHERE origin = 's3' AND reaches_origin
    GROUP BY month, distribution, name, origin, bucket_region
    UNION ALL
    SELECT month, distribution, name, origin, 's3', 'egress', bucket_region, '',
        sum(response_bytes)
    FROM usage
    WHERE s3_would_serve
    GROUP BY month, distribution, name, origin, bucket_region
    UNION ALL
    SELECT month, distribution, name, origin, 's3', 'requests', bucket_region, '',
        sum(requests)
    FROM usage
    WHERE s3_would_serve
    GROUP BY month, distribution, name, origin, bucket_region
)
SELECT
    q.month,
    q.distribution,
    q.name,
    q.origin,
    q.side,
    q.item,
    q.region,
    q.protocol,
    l.unit,
    q.quantity,
    -- DECIMAL(60, 12): a large quantity times a large amount outgrows 38 digits.
    CAST(
        CAST(l.usd AS DECIMAL(60, 12)) * CAST(q.quantity AS DECIMAL(20, 0)) / CAST(l.quantity AS DECIMAL(20, 0))
        AS DECIMAL(38, 12)
    ) AS usd
FROM quantities q
JOIN cost_lines l
    ON l.month = q.month AND l.side = q.side AND l.item = q.item AND l.region = q.region AND l.protocol = q.protocol
WHERE q.quantity > 0
