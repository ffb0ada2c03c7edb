-- purpose: prices of S3's reads that no card has
-- order:   bucket_region, storage_class
SELECT bucket_region, storage_class, usd_per_request, usd_per_gb
FROM s3_get_prices
WHERE month = $month AND is_assumed
ORDER BY bucket_region, storage_class
