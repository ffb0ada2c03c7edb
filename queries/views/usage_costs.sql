-- purpose: the allocated costs taken down to the rows of `usage`, and what one byte and one request
--          of each cost
-- grain:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
-- units:   USD, by response byte, by request byte and by request; rounded at 10^-24
-- notes:   bytes carry egress and retrieval, request bytes the transfer to the origin, requests all
--          fees by request. What logs do not show (plans, other items) is spread evenly over the
--          distribution's requests.
-- order:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
WITH rates AS (
    SELECT
        month,
        distribution,
        side,
        item,
        region,
        protocol,
        sum(usd) AS usd,
        CAST(CAST(sum(usd) AS DECIMAL(60, 24)) / nullif(CAST(sum(quantity) AS DECIMAL(40, 6)), 0) AS DECIMAL(38, 24))
            AS rate
    FROM allocated_costs
    GROUP BY month, distribution, side, item, region, protocol
),
regional AS (
    SELECT
        month,
        distribution,
        region,
        max(rate) FILTER (WHERE item = 'egress') AS egress,
        max(rate) FILTER (WHERE item = 'origin_transfer') AS origin_transfer,
        max(rate) FILTER (WHERE item = 'requests' AND protocol = 'http') AS http,
        max(rate) FILTER (WHERE item = 'requests' AND protocol = 'https') AS https,
        max(rate) FILTER (WHERE item = 'proxy_requests' AND protocol = 'http') AS proxy_http,
        max(rate) FILTER (WHERE item = 'proxy_requests' AND protocol = 'https') AS proxy_https
    FROM rates
    WHERE side = 'cloudfront' AND item IN ('egress', 'origin_transfer', 'requests', 'proxy_requests')
    GROUP BY month, distribution, region
),
spread AS (
    SELECT month, distribution, sum(requests) AS requests FROM usage GROUP BY month, distribution
),
whole AS (
    -- A distribution has one bucket region and one storage class.
    SELECT
        r.month,
        r.distribution,
        max(rate) FILTER (WHERE item = 's3_origin_requests') AS origin_request,
        max(rate) FILTER (WHERE item = 's3_origin_retrieval') AS origin_retrieval,
        max(rate) FILTER (WHERE side = 's3' AND item = 'egress') AS s3_egress,
        max(rate) FILTER (WHERE side = 's3' AND item = 'requests') AS s3_request,
        max(rate) FILTER (WHERE side = 's3' AND item = 'retrieval') AS s3_retrieval,
        CAST(
            CAST(
                sum(r.usd) FILTER (
                    WHERE side = 'cloudfront' AND item NOT IN (
                        'egress', 'origin_transfer', 'requests', 'proxy_requests',
                        's3_origin_requests', 's3_origin_retrieval'
                    )
                )
                AS DECIMAL(60, 24)
            ) / CAST(max(s.requests) AS DECIMAL(40, 0)) AS DECIMAL(38, 24)
        ) AS other
    FROM rates r
    JOIN spread s ON s.month = r.month AND s.distribution = r.distribution
    GROUP BY r.month, r.distribution
),
costs AS (
    SELECT
        u.*,
        u.billed_bytes * coalesce(r.egress, 0) + u.origin_bytes * coalesce(w.origin_retrieval, 0) AS byte_usd,
        u.billed_request_bytes * coalesce(r.origin_transfer, 0) AS request_byte_usd,
        u.billed_requests * coalesce(
            CASE
                WHEN u.is_proxy_method THEN CASE u.billing_protocol WHEN 'http' THEN r.proxy_http ELSE r.proxy_https END
                ELSE CASE u.billing_protocol WHEN 'http' THEN r.http ELSE r.https END
            END,
            0
        ) + u.origin_requests * coalesce(w.origin_request, 0) + u.requests * coalesce(w.other, 0) AS request_usd,
        u.s3_bytes * (coalesce(w.s3_egress, 0) + coalesce(w.s3_retrieval, 0)) AS s3_byte_usd,
        u.s3_requests * coalesce(w.s3_request, 0) AS s3_request_usd
    FROM usage u
    LEFT JOIN regional r ON r.month = u.month AND r.distribution = u.distribution AND r.region = u.region
    LEFT JOIN whole w ON w.month = u.month AND w.distribution = u.distribution
)
SELECT
    *,
    byte_usd + request_byte_usd + request_usd AS cloudfront_usd,
    s3_byte_usd + s3_request_usd AS s3_usd,
    CAST(CAST(byte_usd AS DECIMAL(60, 24)) / nullif(CAST(response_bytes AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
        AS usd_per_response_byte,
    CAST(CAST(request_byte_usd AS DECIMAL(60, 24)) / nullif(CAST(request_bytes AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
        AS usd_per_request_byte,
    CAST(CAST(request_usd AS DECIMAL(60, 24)) / CAST(requests AS DECIMAL(40, 0)) AS DECIMAL(38, 24)) AS usd_per_request,
    CAST(CAST(s3_byte_usd AS DECIMAL(60, 24)) / nullif(CAST(response_bytes AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
        AS s3_usd_per_response_byte,
    CAST(CAST(s3_request_usd AS DECIMAL(60, 24)) / CAST(requests AS DECIMAL(40, 0)) AS DECIMAL(38, 24))
        AS s3_usd_per_request
FROM costs
