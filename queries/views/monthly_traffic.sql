-- purpose: traffic and its outcome by distribution and month
-- grain:   month, distribution
-- units:   bytes; requests a count; 000 is a viewer that left before a response
-- order:   month, distribution
SELECT
    month,
    distribution,
    name,
    origin,
    bucket_region,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes,
    sum(request_bytes) AS request_bytes,
    coalesce(sum(requests) FILTER (WHERE status_class = 2), 0) AS requests_2xx,
    coalesce(sum(requests) FILTER (WHERE status_class = 3), 0) AS requests_3xx,
    coalesce(sum(requests) FILTER (WHERE status_class = 4), 0) AS requests_4xx,
    coalesce(sum(requests) FILTER (WHERE status_class = 5), 0) AS requests_5xx,
    coalesce(sum(requests) FILTER (WHERE status_class NOT IN (2, 3, 4, 5)), 0) AS requests_000_and_other
FROM usage
GROUP BY month, distribution, name, origin, bucket_region
