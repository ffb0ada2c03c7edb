-- purpose: the month under other settings, each re-priced by the same views on the same traffic
-- grain:   month, scenario
-- units:   USD in whole cents; change_usd against the month as reported, negative is cheaper
-- notes:   scenario is what what_if() takes; more by what_if('knob=value', …). s3_usd is the
--          counterfactual of the distributions with an S3 origin.
-- order:   month, change_usd, scenario
WITH scenarios AS (
    SELECT month, 'price_class=100' AS scenario, cloudfront_usd, s3_usd FROM what_if('price_class=100')
    UNION ALL
    SELECT month, 'price_class=200', cloudfront_usd, s3_usd FROM what_if('price_class=200')
    UNION ALL
    SELECT month, 'price_class=All', cloudfront_usd, s3_usd FROM what_if('price_class=All')
    UNION ALL
    SELECT month, 'bucket_region=us-east-1', cloudfront_usd, s3_usd FROM what_if('bucket_region=us-east-1')
    UNION ALL
    SELECT month, 'bucket_region=eu-west-1', cloudfront_usd, s3_usd FROM what_if('bucket_region=eu-west-1')
    UNION ALL
    SELECT month, 'hit_ratio=+0.05', cloudfront_usd, s3_usd FROM what_if('hit_ratio=+0.05')
    UNION ALL
    SELECT month, 'hit_ratio=-0.05', cloudfront_usd, s3_usd FROM what_if('hit_ratio=-0.05')
    UNION ALL
    SELECT month, 'cloudfront_free_tier=false', cloudfront_usd, s3_usd FROM what_if('cloudfront_free_tier=false')
    UNION ALL
    SELECT month, 's3_free_tier=false', cloudfront_usd, s3_usd FROM what_if('s3_free_tier=false')
    UNION ALL
    SELECT month, 'discount=0.10', cloudfront_usd, s3_usd FROM what_if('discount=0.10')
    UNION ALL
    SELECT month, 'discount=0.30', cloudfront_usd, s3_usd FROM what_if('discount=0.30')
),
summed AS (
    SELECT month, scenario, sum(cloudfront_usd) AS cloudfront_usd, sum(coalesce(s3_usd, 0)) AS s3_usd
    FROM scenarios
    GROUP BY month, scenario
)
SELECT
    s.month,
    s.scenario,
    CAST(s.cloudfront_usd AS DECIMAL(20, 2)) AS cloudfront_usd,
    CAST(s.s3_usd AS DECIMAL(20, 2)) AS s3_usd,
    CAST(s.cloudfront_usd - h.cloudfront_usd AS DECIMAL(20, 2)) AS change_usd,
    CAST(s.s3_usd - h.s3_usd AS DECIMAL(20, 2)) AS s3_change_usd
FROM summed s
JOIN headline h ON h.month = s.month
