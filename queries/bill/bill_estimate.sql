-- purpose: billed_usage as this bill would show it, without S3's part
-- grain:   month, usage_type, distribution
-- units:   quantity in unit (GB is 2^30 bytes); usd rounded at 10^-12
-- notes:   a bill with usage types Global-… shows free usage there and not in its regions: then
--          ours is split the same way. Bills of S3 do not tell who asked, so requests to origins
--          are not compared.
-- order:   month, usage_type, distribution
WITH global_months AS (
    SELECT month FROM bill_lines WHERE usage_type LIKE 'Global-%' GROUP BY month
),
free AS (
    SELECT
        month, 'egress' AS item, region, '' AS protocol,
        max(region_bytes) AS quantity,
        max(region_bytes) - max(region_billable_bytes) AS free_quantity
    FROM cloudfront_egress_cost
    GROUP BY month, region
    UNION ALL
    SELECT month, item, region, billing_protocol, requests, requests - billable_requests
    FROM cloudfront_request_cost
),
parts AS (
    SELECT
        b.month,
        coalesce(
            regexp_replace(
                b.usage_type,
                '^[A-Z0-9]+-(Lambda-Edge-|Requests-HTTPS-Proxy-FLE)',
                '${1}'
            ),
            b.item
        ) AS usage_type,
        b.distribution,
        b.item,
        b.pricing_unit,
        b.pricing_quantity,
        b.usd,
        -- DECIMAL(60, 12): two large quantities outgrow 38 digits.
        CASE
            WHEN g.month IS NOT NULL AND f.free_quantity > 0 THEN CAST(
                CAST(b.pricing_quantity AS DECIMAL(60, 12)) * CAST(f.free_quantity AS DECIMAL(20, 0))
                / CAST(f.quantity AS DECIMAL(20, 0)) AS DECIMAL(38, 12)
            )
            ELSE CAST(0 AS DECIMAL(38, 12))
        END AS free_quantity
    FROM billed_usage b
    LEFT JOIN free f
        ON f.month = b.month AND f.item = b.item AND f.region = b.region AND f.protocol = b.protocol
    LEFT JOIN global_months g ON g.month = b.month
    WHERE b.service_code <> 'AmazonS3'
),
split AS (
    SELECT
        month, usage_type, distribution, pricing_unit,
        pricing_quantity - free_quantity AS quantity, usd
    FROM parts
    WHERE pricing_quantity > free_quantity OR usd <> 0
    UNION ALL
    SELECT
        month,
        CASE item WHEN 'egress' THEN 'Global-DataTransfer-Out-Bytes' ELSE 'Global-Requests-Tier1' END,
        distribution, pricing_unit,
        free_quantity, CAST(0 AS DECIMAL(38, 12))
    FROM parts
    WHERE free_quantity > 0
)
SELECT
    month,
    usage_type,
    distribution,
    max(pricing_unit) AS unit,
    sum(quantity) AS quantity,
    sum(usd) AS usd
FROM split
GROUP BY month, usage_type, distribution
