-- purpose: each distribution's savings with one thing that logs cannot tell at its other end
-- grain:   month, unknown, distribution
-- units:   USD in whole cents; NULL for servers
-- notes:   each is the whole model with one setting at its other end; docs/cost-model.md says what
--          is assumed in the report and at the other end
-- order:   month, unknown, distribution
SELECT month, 'cloudfront_free_tier' AS unknown, distribution, origin, savings_usd FROM what_if('cloudfront_free_tier=false')
UNION ALL
SELECT month, 's3_free_tier', distribution, origin, savings_usd FROM what_if('s3_free_tier=false')
UNION ALL
SELECT month, 'waf', distribution, origin, savings_usd FROM what_if('waf=unbilled')
UNION ALL
SELECT month, 'header_bytes', distribution, origin, savings_usd FROM what_if('header_bytes=unbilled')
UNION ALL
SELECT month, 'edge_compression', distribution, origin, savings_usd FROM what_if('edge_compression=4')
UNION ALL
SELECT month, 'regional_caches', distribution, origin, savings_usd FROM what_if('regional_caches=absorb')
