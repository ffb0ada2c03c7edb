-- purpose: what one byte and one request of each kind of traffic cost, days and edges taken together:
--          prices for traffic that was counted by something else as well
-- grain:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type
-- units:   bytes and counts; USD by response byte, by request byte and by request, rounded at 10^-24
-- notes:   edge_region is the region where the edge stands, of which its billing region is one, so
--          that a cell has one price. Amounts by these rates sum to usage_costs but for the rounding.
-- order:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type
WITH cells AS (
    SELECT
        month,
        distribution,
        name,
        edge_region,
        method,
        billing_protocol,
        status_class,
        is_forbidden,
        is_compressible,
        cache_result,
        detailed_result_type,
        bool_or(in_ratio AND is_hit) AS is_hit,
        bool_or(in_ratio AND NOT is_hit) AS is_miss,
        bool_or(is_of_the_edge) AS is_of_the_edge,
        bool_or(reaches_origin) AS reaches_origin,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(request_bytes) AS request_bytes,
        sum(byte_usd) AS byte_usd,
        sum(request_byte_usd) AS request_byte_usd,
        sum(request_usd) AS request_usd,
        sum(s3_byte_usd) AS s3_byte_usd,
        sum(s3_request_usd) AS s3_request_usd
    FROM usage_costs
    GROUP BY
        month, distribution, name, edge_region, method, billing_protocol, status_class, is_forbidden,
        is_compressible, cache_result, detailed_result_type
)
SELECT
    month,
    distribution,
    name,
    edge_region,
    method,
    billing_protocol,
    status_class,
    is_forbidden,
    is_compressible,
    cache_result,
    detailed_result_type,
    is_hit,
    is_miss,
    is_of_the_edge,
    reaches_origin,
    requests,
    response_bytes,
    request_bytes,
    CAST(CAST(byte_usd AS DECIMAL(60, 24)) / nullif(CAST(response_bytes AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
        AS usd_per_response_byte,
    CAST(CAST(request_byte_usd AS DECIMAL(60, 24)) / nullif(CAST(request_bytes AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
        AS usd_per_request_byte,
    CAST(CAST(request_usd AS DECIMAL(60, 24)) / CAST(requests AS DECIMAL(40, 0)) AS DECIMAL(38, 24)) AS usd_per_request,
    CAST(CAST(s3_byte_usd AS DECIMAL(60, 24)) / nullif(CAST(response_bytes AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
        AS s3_usd_per_response_byte,
    CAST(CAST(s3_request_usd AS DECIMAL(60, 24)) / CAST(requests AS DECIMAL(40, 0)) AS DECIMAL(38, 24))
        AS s3_usd_per_request
FROM cells
