-- purpose: what the costs assume
-- order:   one row
SELECT
    hit_ratio,
    cloudfront_free_tier,
    s3_free_tier,
    s3_free_tier_method,
    allocation,
    cloudfront_discount
FROM settings
