-- purpose: traffic by distribution and day
-- grain:   month, date, distribution
-- units:   bytes; requests a count; UTC days
-- order:   date, distribution
SELECT
    month,
    date,
    distribution,
    name,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes,
    sum(request_bytes) AS request_bytes,
    coalesce(sum(requests) FILTER (WHERE is_hit), 0) AS hit_requests,
    coalesce(sum(requests) FILTER (WHERE in_ratio), 0) AS ratio_requests
FROM usage
GROUP BY month, date, distribution, name
