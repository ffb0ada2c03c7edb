-- purpose: what CloudFront kept off each origin, by the hour of the day
-- grain:   month, distribution, hour_of_day
-- units:   requests and bytes; hour_of_day is UTC, 0 to 23; hours counts the hours with requests;
--          peak_* are the busiest such hour of the month, each for itself
-- notes:   what reaches the origin is an upper bound (regional caches absorb a part), so what is kept
--          off is a lower one. A revalidation (RefreshHit) reaches the origin with a request and
--          without the bytes.
-- order:   month, distribution, hour_of_day
SELECT
    t.month,
    t.distribution,
    d.name,
    d.origin,
    CAST(date_part('hour', t.hour) AS BIGINT) AS hour_of_day,
    count(*) AS hours,
    sum(t.requests) AS requests,
    sum(t.response_bytes) AS response_bytes,
    sum(t.origin_requests) AS origin_requests,
    sum(t.origin_bytes) AS origin_bytes,
    sum(t.requests - t.origin_requests) AS kept_off_requests,
    sum(t.response_bytes - t.origin_bytes) AS kept_off_bytes,
    max(t.requests) AS peak_requests,
    max(t.origin_requests) AS peak_origin_requests
FROM hourly_traffic t
JOIN distributions d ON d.distribution = t.distribution
WHERE d.in_scope
GROUP BY t.month, t.distribution, d.name, d.origin, 5
