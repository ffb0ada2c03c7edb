-- purpose: every cost line of the account, CloudFront's and the S3 counterfactual's
-- grain:   month, side, item, region, protocol
-- units:   quantity in unit (bytes or requests, before free allowances); usd rounded at 10^-12
-- notes:   region is a billing region of CloudFront, or a bucket region for S3's lines
-- order:   month, side, item, region, protocol
WITH lines AS (
    SELECT
        month, 'cloudfront' AS side, 'egress' AS item, region, '' AS protocol,
        'bytes' AS unit, max(region_bytes) AS quantity, sum(usd) AS usd
    FROM cloudfront_egress_cost
    GROUP BY month, region
    UNION ALL
    SELECT
        month, 'cloudfront', 'requests', region, billing_protocol,
        'requests', requests, usd
    FROM cloudfront_request_cost
    UNION ALL
    SELECT
        month, 'cloudfront', 'origin_transfer', region, '',
        'bytes', bytes, usd
    FROM cloudfront_origin_transfer_cost
    UNION ALL
    SELECT
        month, 's3', 'egress', bucket_region, '',
        'bytes', max(region_bytes), sum(usd)
    FROM s3_egress_cost
    GROUP BY month, bucket_region
    UNION ALL
    SELECT
        month, side, CASE side WHEN 's3' THEN 'requests' ELSE 's3_origin_requests' END, bucket_region, '',
        'requests', requests, usd
    FROM s3_request_cost
)
-- The lines are unique already; grouped, the union is one table to whoever sorts it.
SELECT month, side, item, region, protocol, unit, sum(quantity) AS quantity, sum(usd) AS usd
FROM lines
GROUP BY month, side, item, region, protocol, unit
