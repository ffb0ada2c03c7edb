-- purpose: what the month's bill should hold, in the bill's own words
-- grain:   month, distribution, service_code, item, region, protocol
-- units:   pricing_quantity in pricing_unit, before free allowances (GB is 2^30 bytes); usd rounded
--          at 10^-12
-- notes:   only what is really paid: the S3 counterfactual is on no bill. A line's shares sum to
--          the line exactly: what is lost in rounding them goes to the largest.
--          usage_type is NULL where AWS's name is not known to us: S3 requests of regions whose
--          prefix we have not seen, flat-rate plans, items of private rates.
-- order:   month, distribution, service_code, item, region, protocol
WITH shares AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY month, item, region, protocol ORDER BY quantity DESC, distribution
        ) AS place,
        sum(usd) OVER (PARTITION BY month, item, region, protocol) AS shared_usd
    FROM allocated_costs
    WHERE side = 'cloudfront'
),
prefixed AS (
    SELECT
        s.*,
        l.usd AS line_usd,
        -- How AWS begins the usage types of a bucket's region; us-east-1 has no prefix.
        CASE s.region
            WHEN 'us-east-1' THEN ''
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
        END AS s3_prefix,
        -- Origin Shield's usage types name its region, us-east-1 too.
        CASE s.region
            WHEN 'us-east-1' THEN 'USE1-'
            WHEN 'us-east-2' THEN 'USE2-'
            WHEN 'us-west-2' THEN 'USW2-'
            WHEN 'ap-northeast-2' THEN 'APN2-'
            WHEN 'sa-east-1' THEN 'SAE1-'
        END AS shield_prefix
    FROM shares s
    JOIN cost_lines l
        ON l.month = s.month AND l.side = s.side AND l.item = s.item
        AND l.region = s.region AND l.protocol = s.protocol
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
        WHEN 's3_origin_requests' THEN s3_prefix || 'Requests-Tier2'
        WHEN 'invalidation' THEN 'Invalidations'
        WHEN 'function' THEN 'Executions-CloudFrontFunctions'
        WHEN 'lambda-edge-request' THEN 'Lambda-Edge-Request'
        WHEN 'lambda-edge-duration' THEN 'Lambda-Edge-GB-Second'
        WHEN 'origin-shield' THEN shield_prefix || 'Requests-OriginShield'
        WHEN 'real-time-log' THEN 'RealTimeLog-KinesisDataStream'
        WHEN 'field-level-encryption' THEN 'Requests-HTTPS-Proxy-FLE'
    END AS usage_type,
    item,
    region,
    protocol,
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
