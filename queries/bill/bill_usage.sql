-- purpose: what a bill holds of CloudFront's usage, in comparable words and units
-- grain:   month, usage_type, distribution
-- units:   quantity in unit (GB is 2^30 bytes); free_quantity, the part of it that cost nothing;
--          usd rounded at 10^-12, with the discounts that the bill has for usage
-- notes:   distribution is NULL where the bill names none. Usage types of Lambda@Edge and
--          field-level encryption come without their region, which logs do not tell, and free
--          requests are one usage type.
-- order:   month, usage_type, distribution
SELECT
    month,
    CASE
        WHEN usage_type = '' THEN '(no usage type)'
        WHEN usage_type LIKE 'Global-Requests-%' THEN 'Global-Requests-Tier1'
        ELSE regexp_replace(
            usage_type,
            '^[A-Z0-9]+-(Lambda-Edge-|Requests-HTTPS-Proxy-FLE)',
            '${1}'
        )
    END AS usage_type,
    distribution,
    max(service_code) AS service_code,
    max(CASE
        WHEN lower(unit) IN ('gb', 'gib', 'gigabytes', 'bytes', 'byte') THEN 'GB'
        WHEN lower(unit) IN ('request', 'requests') THEN 'Requests'
        ELSE unit
    END) AS unit,
    sum(CASE
        WHEN lower(unit) IN ('bytes', 'byte') THEN CAST(quantity / 1073741824 AS DECIMAL(38, 12))
        ELSE quantity
    END) AS quantity,
    sum(CASE
        WHEN NOT is_free AND usage_type NOT LIKE 'Global-%' THEN CAST(0 AS DECIMAL(38, 12))
        WHEN lower(unit) IN ('bytes', 'byte') THEN CAST(quantity / 1073741824 AS DECIMAL(38, 12))
        ELSE quantity
    END) AS free_quantity,
    sum(usd) AS usd,
    sum(lines) AS lines
FROM bill_lines
WHERE charge IN ('usage', 'discount')
GROUP BY 1, 2, 3
