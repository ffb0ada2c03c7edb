-- purpose: what CloudFront kept off each origin: S3 buckets as well as servers
-- grain:   month, distribution
-- units:   requests and bytes; shares with six decimals; peaks in requests an hour, peak hours are the
--          UTC times at which they begin (the first of several)
-- notes:   the sums of origin_load_hourly; origin_load has the peaks a second of servers
-- order:   month, distribution
WITH hours AS (
    SELECT
        month,
        distribution,
        hour,
        requests,
        response_bytes,
        origin_requests,
        origin_bytes,
        max(requests) OVER one AS peak_requests,
        max(origin_requests) OVER one AS peak_origin_requests
    FROM hourly_traffic
    WINDOW one AS (PARTITION BY month, distribution)
)
SELECT
    h.month,
    h.distribution,
    d.name,
    d.origin,
    sum(h.requests) AS requests,
    sum(h.response_bytes) AS response_bytes,
    sum(h.origin_requests) AS origin_requests,
    sum(h.origin_bytes) AS origin_bytes,
    sum(h.requests - h.origin_requests) AS kept_off_requests,
    sum(h.response_bytes - h.origin_bytes) AS kept_off_bytes,
    CAST(CAST(sum(h.requests - h.origin_requests) AS DECIMAL(26, 6)) / nullif(sum(h.requests), 0) AS DECIMAL(9, 6))
        AS kept_off_request_share,
    CAST(CAST(sum(h.response_bytes - h.origin_bytes) AS DECIMAL(26, 6)) / nullif(sum(h.response_bytes), 0) AS DECIMAL(9, 6))
        AS kept_off_byte_share,
    max(h.peak_requests) AS peak_requests,
    min(h.hour) FILTER (WHERE h.requests = h.peak_requests) AS peak_hour,
    max(h.peak_origin_requests) AS peak_origin_requests,
    min(h.hour) FILTER (WHERE h.origin_requests = h.peak_origin_requests) AS peak_origin_hour
FROM hours h
JOIN distributions d ON d.distribution = h.distribution
WHERE d.in_scope
GROUP BY h.month, h.distribution, d.name, d.origin
