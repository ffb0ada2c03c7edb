-- purpose: what every distribution contributes to every cost line
-- grain:   month, distribution, side, item, region, protocol, storage_class
-- units:   quantity in unit
-- notes:   region is a billing region of CloudFront, the bucket's of S3's lines, the name of a
--          plan. distribution is '' for units that belong to none. settings.hit_ratio_change
--          moves requests between the caches and the origin; settings.bytes_factor and
--          requests_factor scale what logs show, each quantity rounded to a whole unit.
-- order:   month, distribution, side, item, region, protocol, storage_class
WITH reads AS (
    SELECT
        month,
        distribution,
        bucket_region,
        storage_class,
        sum(origin_requests) AS origin_requests,
        sum(origin_bytes) AS origin_bytes,
        sum(let_in_requests) AS requests,
        coalesce(sum(let_in_requests) FILTER (WHERE is_cache_decision), 0) AS decided_requests
    FROM usage
    WHERE origin = 's3'
    GROUP BY month, distribution, bucket_region, storage_class
),
moved AS (
    SELECT
        r.*,
        greatest(
            least(r.origin_requests - CAST(r.decided_requests * s.hit_ratio_change AS DECIMAL(19, 0)), r.requests),
            0
        ) AS moved_requests
    FROM settings s
    CROSS JOIN reads r
),
counted AS (
    SELECT month, distribution, 'cloudfront' AS side, 'egress' AS item, region, '' AS protocol,
        '' AS storage_class, 'bytes' AS unit, sum(billed_bytes) AS quantity
    FROM usage
    GROUP BY month, distribution, region
    UNION ALL
    SELECT month, distribution, 'cloudfront', CASE WHEN is_proxy_method THEN 'proxy_requests' ELSE 'requests' END,
        region, billing_protocol, '', 'requests', sum(billed_requests)
    FROM usage
    GROUP BY month, distribution, is_proxy_method, region, billing_protocol
    UNION ALL
    SELECT month, distribution, 'cloudfront', 'origin_transfer', region, '', '', 'bytes', sum(billed_request_bytes)
    FROM usage
    GROUP BY month, distribution, region
    UNION ALL
    SELECT month, distribution, 'cloudfront', 's3_origin_requests', bucket_region, '', storage_class,
        'requests', CAST(moved_requests AS BIGINT)
    FROM moved
    UNION ALL
    SELECT month, distribution, 'cloudfront', 's3_origin_retrieval', bucket_region, '', storage_class,
        'bytes', origin_bytes
    FROM moved
    WHERE storage_class <> 'standard'
    UNION ALL
    SELECT month, distribution, 's3', 'egress', bucket_region, '', '', 'bytes', sum(s3_bytes)
    FROM usage
    WHERE s3_would_serve
    GROUP BY month, distribution, bucket_region
    UNION ALL
    SELECT month, distribution, 's3', 'requests', bucket_region, '', storage_class, 'requests', sum(s3_requests)
    FROM usage
    WHERE s3_would_serve
    GROUP BY month, distribution, bucket_region, storage_class
    UNION ALL
    SELECT month, distribution, 's3', 'retrieval', bucket_region, '', storage_class, 'bytes', sum(s3_bytes)
    FROM usage
    WHERE s3_would_serve AND storage_class <> 'standard'
    GROUP BY month, distribution, bucket_region, storage_class
),
summed AS (
    SELECT month, distribution, side, item, region, protocol, storage_class, unit, sum(quantity) AS quantity
    FROM counted
    GROUP BY month, distribution, side, item, region, protocol, storage_class, unit
),
quantities AS (
    SELECT
        c.month,
        c.distribution,
        c.side,
        c.item,
        c.region,
        c.protocol,
        c.storage_class,
        c.unit,
        CAST(
            CAST(
                CAST(c.quantity AS DECIMAL(19, 0)) * CASE c.unit WHEN 'bytes' THEN s.bytes_factor ELSE s.requests_factor END
                AS DECIMAL(19, 0)
            ) AS BIGINT
        ) AS quantity
    FROM settings s
    CROSS JOIN summed c
    UNION ALL
    SELECT m.month, d.distribution, 'cloudfront', 'plan', d.plan, '', '', 'plans', 1
    FROM distributions d
    CROSS JOIN (SELECT DISTINCT month FROM traffic) m
    WHERE d.in_scope AND d.plan IS NOT NULL
    UNION ALL
    SELECT o.month, o.distribution, 'cloudfront', o.item, o.region, '', '', p.unit, o.quantity
    FROM other_usage o
    JOIN (SELECT item, min(unit) AS unit FROM other_prices WHERE service = 'cloudfront' GROUP BY item) p
        ON p.item = o.item
)
SELECT month, distribution, side, item, region, protocol, storage_class, unit, sum(quantity) AS quantity
FROM quantities
WHERE quantity > 0
GROUP BY month, distribution, side, item, region, protocol, storage_class, unit
