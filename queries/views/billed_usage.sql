-- purpose: what the month's bill should hold, in the bill's own words
-- grain:   month, distribution, service_code, item, region, protocol, storage_class
-- units:   pricing_quantity in pricing_unit, before free allowances (GB is 2^30 bytes); usd rounded
--          at 10^-12
-- notes:   only what is really paid: the S3 counterfactual is on no bill. Shares are average_costs'
--          whatever settings.allocation says, and a line's shares sum to the line exactly: what is
--          lost in rounding them goes to the largest.
--          usage_type is NULL where AWS's name is not known to us: regions whose prefix we have not
--          seen (S3, Origin Shield), flat-rate plans, items of your own price cards.
-- order:   month, distribution, service_code, item, region, protocol, storage_class
WITH shares AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY month, item, region, protocol, storage_class ORDER BY quantity DESC, distribution
        ) AS place,
        sum(usd) OVER (PARTITION BY month, item, region, protocol, storage_class) AS shared_usd
    FROM average_costs
    WHERE side = 'cloudfront'
),
prefixed AS (
    SELECT
        s.*,
        l.usd AS line_usd,
        -- How AWS begins the usage types of a region. us-east-1 has no prefix on bills of S3.
        CASE s.region
            WHEN 'us-east-1' THEN CASE s.item WHEN 'origin-shield' THEN 'USE1-' ELSE '' END
            WHEN 'us-west-1' THEN 'USW1-'
            WHEN 'us-west-2' THEN 'USW2-'
            WHEN 'eu-west-1' THEN 'EU-'
            WHEN 'eu-west-3' THEN 'EUW3-'
            WHEN 'eu-central-1' THEN 'EUC1-'
            WHEN 'ap-northeast-1' THEN 'APN1-'
            WHEN 'ap-northeast-2' THEN 'APN2-'
            WHEN 'ap-southeast-1' THEN 'APS1-'
            WHEN 'ap-southeast-2' THEN 'APS2-'
            WHEN 'ap-south-1' THEN 'APS3-'
            WHEN 'sa-east-1' THEN 'SAE1-'
        END AS prefix,
        CASE s.storage_class
            WHEN 'standard' THEN ''
            WHEN 'standard-ia' THEN 'SIA'
            WHEN 'glacier-ir' THEN 'GIR'
        END AS class
    FROM shares s
    JOIN cost_lines l
        ON l.month = s.month AND l.side = s.side AND l.item = s.item AND l.region = s.region
        AND l.protocol = s.protocol AND l.storage_class = s.storage_class
)
SELECT
    month,
    distribution,
    name,
    CASE
        WHEN item LIKE 's3\_origin\_%' ESCAPE '\' THEN 'AmazonS3'
        WHEN item LIKE 'lambda-edge-%' THEN 'AWSLambda'
        ELSE 'AmazonCloudFront'
    END AS service_code,
    CASE item
        WHEN 'egress' THEN region || '-DataTransfer-Out-Bytes'
        WHEN 'requests' THEN
            region || CASE protocol WHEN 'http' THEN '-Requests-Tier1' ELSE '-Requests-Tier2-HTTPS' END
        WHEN 'proxy_requests' THEN
            region || CASE protocol WHEN 'http' THEN '-Requests-HTTP-Proxy' ELSE '-Requests-HTTPS-Proxy' END
        WHEN 'origin_transfer' THEN region || '-DataTransfer-Out-OBytes'
        WHEN 's3_origin_requests' THEN
            prefix || CASE class WHEN '' THEN 'Requests-Tier2' ELSE 'Requests-' || class || '-Tier2' END
        WHEN 's3_origin_retrieval' THEN prefix || 'Retrieval-' || class
        WHEN 'invalidation' THEN 'Invalidations'
        WHEN 'function' THEN 'Executions-CloudFrontFunctions'
        WHEN 'lambda-edge-request' THEN 'Lambda-Edge-Request'
        WHEN 'lambda-edge-duration' THEN 'Lambda-Edge-GB-Second'
        WHEN 'origin-shield' THEN prefix || 'Requests-OriginShield'
        WHEN 'real-time-log' THEN 'RealTimeLog-KinesisDataStream'
        WHEN 'field-level-encryption' THEN 'Requests-HTTPS-Proxy-FLE'
        WHEN 'dedicated-ip-certificate' THEN 'SSL-Cert-Custom'
    END AS usage_type,
    item,
    region,
    protocol,
    storage_class,
    CASE unit WHEN 'bytes' THEN 'GB' WHEN 'requests' THEN 'Requests' ELSE unit END AS pricing_unit,
    CASE unit
        WHEN 'bytes' THEN CAST(CAST(quantity AS DECIMAL(38, 12)) / 1073741824 AS DECIMAL(38, 12))
        ELSE CAST(quantity AS DECIMAL(38, 12))
    END AS pricing_quantity,
    CAST(
        usd + CASE WHEN place = 1 THEN line_usd - shared_usd ELSE CAST(0 AS DECIMAL(38, 12)) END
        AS DECIMAL(38, 12)
    ) AS usd
FROM prefixed
