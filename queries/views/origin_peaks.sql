-- purpose: the busiest seconds of distributions with a server origin
-- grain:   month, distribution
-- units:   requests a second
-- order:   month, distribution
WITH seconds AS (
    SELECT
        date,
        distribution,
        CAST(time AS BIGINT) / 1000000 AS second,
        count(*) AS requests,
        count(*) FILTER (
            WHERE cache_result IN ('Miss', 'RefreshHit')
                OR (cache_result = 'Error' AND cache_detail LIKE '%Origin%')
                OR (cache_result = 'Error' AND cache_detail = 'Error' AND status_class = 4)
        ) AS origin_requests
    FROM classified_requests
    WHERE distribution IN (SELECT distribution FROM distributions WHERE origin = 'server')
    GROUP BY date, distribution, 3
)
SELECT
    to_char(date, '%Y-%m') AS month,
    distribution,
    max(requests) AS peak_requests,
    max(origin_requests) AS peak_origin_requests,
    max(requests - origin_requests) AS peak_kept_off_requests
FROM seconds
GROUP BY 1, 2
