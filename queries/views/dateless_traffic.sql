-- purpose: the traffic with the days of a month taken together: what scenarios price
-- grain:   month, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
-- units:   those of traffic; date is the first
-- order:   month, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
SELECT
    month,
    min(date) AS date,
    distribution,
    edge_code,
    method,
    billing_protocol,
    status_class,
    is_forbidden,
    is_compressible,
    cache_result,
    detailed_result_type,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes,
    sum(request_bytes) AS request_bytes,
    sum(header_bytes) AS header_bytes,
    sum(measured_requests) AS measured_requests
FROM traffic
GROUP BY
    month, distribution, edge_code, method, billing_protocol, status_class, is_forbidden, is_compressible,
    cache_result, detailed_result_type
