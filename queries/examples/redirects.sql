-- question: What do redirects cost, and who answers them: the edge, a function, or the origin?
-- grain: one row a distribution, status and answerer
-- units: bytes; requests are counts; USD rounded at 10^-4; request_share is of the distribution
-- order: cloudfront_usd from the largest, distribution, status, answered_by
-- param: month text newest  UTC month, YYYY-MM
WITH kinds AS (
    SELECT
        distribution,
        name,
        -- 304 stands among these, and is none.
        CASE WHEN status IN (301, 302, 303, 307, 308) THEN status END AS status,
        CASE
            WHEN cache_result = 'Redirect' THEN 'edge (HTTP to HTTPS)'
            WHEN cache_result IN ('FunctionGeneratedResponse', 'LambdaGeneratedResponse') THEN 'edge function'
            WHEN cache_result IN ('Hit', 'RefreshHit', 'OriginShieldHit') THEN 'cache'
            ELSE 'origin'
        END AS answered_by,
        response_bytes,
        cloudfront_usd
    FROM request_costs
    WHERE month = $month
),
counted AS (
    SELECT
        name,
        status,
        answered_by,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd) AS cloudfront_usd,
        sum(count(*)) OVER (PARTITION BY name) AS whole_requests
    FROM kinds
    GROUP BY name, status, answered_by
)
SELECT
    name AS distribution,
    status,
    answered_by,
    requests,
    egress_bytes,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(whole_requests, 0) AS DECIMAL(9, 6)) AS request_share,
    CAST(cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd
FROM counted
WHERE status IS NOT NULL
ORDER BY cloudfront_usd DESC, distribution, status, answered_by
