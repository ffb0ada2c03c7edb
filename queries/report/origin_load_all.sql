-- purpose: what CloudFront kept off each origin, S3 buckets as well as servers
-- order:   kept_off_bytes DESC, distribution
SELECT
    distribution,
    name,
    origin,
    requests,
    response_bytes AS egress_bytes,
    origin_requests,
    origin_bytes,
    kept_off_requests,
    kept_off_bytes,
    kept_off_request_share,
    kept_off_byte_share,
    peak_requests,
    peak_hour,
    peak_origin_requests,
    peak_origin_hour
FROM origin_load_all
WHERE month = $month
ORDER BY kept_off_bytes DESC, distribution
