-- purpose: why requests were not answered: errors by status and by what CloudFront says was the cause
-- grain:   month, distribution, status, cause
-- units:   requests a count, bytes bytes; share is that of all the distribution's requests, with six
--          decimals
-- notes:   an error has status 4xx, 5xx or 000 (the viewer was gone; 0 here), or the result Error,
--          LimitExceeded or CapacityExceeded. cause is the detailed result type, or, in logs without
--          it, the result type; '-' where the log says neither.
-- order:   month, distribution, status, cause
WITH errors AS (
    SELECT
        date,
        distribution,
        coalesce(status, 0) AS status,
        coalesce(detailed_result_type, response_result_type, result_type, '-') AS cause,
        count(*) AS requests,
        coalesce(sum(response_bytes), 0) AS response_bytes
    FROM requests
    WHERE status >= 400
        OR status = 0
        OR coalesce(response_result_type, result_type) IN ('Error', 'LimitExceeded', 'CapacityExceeded')
    GROUP BY 1, 2, 3, 4
),
months AS (
    SELECT to_char(date, '%Y-%m') AS month, distribution, status, cause, requests, response_bytes
    FROM errors
)
SELECT
    e.month,
    e.distribution,
    d.name,
    e.status,
    e.cause,
    sum(e.requests) AS requests,
    sum(e.response_bytes) AS response_bytes,
    CAST(CAST(sum(e.requests) AS DECIMAL(26, 6)) / max(t.requests) AS DECIMAL(9, 6)) AS request_share
FROM months e
JOIN distributions d ON d.distribution = e.distribution
JOIN (
    SELECT month, distribution, sum(requests) AS requests
    FROM hourly_traffic
    GROUP BY month, distribution
) AS t ON t.month = e.month AND t.distribution = e.distribution
GROUP BY e.month, e.distribution, d.name, e.status, e.cause
