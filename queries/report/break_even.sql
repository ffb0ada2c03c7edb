-- purpose: from what object size on CloudFront is cheaper, for the pairs of regions that carried traffic
-- order:   egress_bytes DESC, region, bucket_region, storage_class
WITH carried AS (
    SELECT
        region,
        bucket_region,
        storage_class,
        sum(response_bytes) AS egress_bytes,
        sum(requests) AS requests
    FROM usage
    WHERE month = $month AND origin = 's3'
    GROUP BY region, bucket_region, storage_class
)
SELECT
    c.region,
    c.bucket_region,
    c.storage_class,
    c.egress_bytes,
    c.requests,
    c.egress_bytes / c.requests AS average_bytes,
    b.verdict,
    b.break_even_bytes
FROM carried c
JOIN break_even b
    ON b.region = c.region AND b.bucket_region = c.bucket_region AND b.storage_class = c.storage_class
WHERE b.month = $month
ORDER BY c.egress_bytes DESC, c.region, c.bucket_region, c.storage_class
