-- purpose: what CloudFront kept off each origin, by hour of the day
-- order:   distribution, hour_of_day
SELECT
    distribution,
    name,
    origin,
    hour_of_day,
    hours,
    requests,
    response_bytes AS egress_bytes,
    origin_requests,
    origin_bytes,
    kept_off_requests,
    kept_off_bytes,
    peak_requests,
    peak_origin_requests
FROM origin_load_hourly
WHERE month = $month
ORDER BY distribution, hour_of_day
