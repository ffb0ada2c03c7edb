-- purpose: the one pass over the requests: all traffic counted in one small cube
-- grain:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
-- units:   response_bytes, request_bytes and header_bytes in bytes; requests and
--          measured_requests counts; dates are UTC
-- notes:   raw counts, before any question of price: header_bytes are those of the
--          measured_requests, the only ones whose headers the log tells from their bodies
-- order:   month, date, distribution, edge_code, method, billing_protocol, status_class,
--          is_forbidden, is_compressible, cache_result, detailed_result_type
WITH counted AS (
    SELECT
        date,
        distribution,
        edge_code,
        billed_method AS method,
        billing_protocol,
        status_class,
        is_forbidden,
        is_compressible,
        cache_result,
        cache_detail AS detailed_result_type,
        count(*) AS requests,
        coalesce(sum(response_bytes), 0) AS response_bytes,
        coalesce(sum(request_bytes), 0) AS request_bytes,
        coalesce(sum(known_header_bytes), 0) AS header_bytes,
        count(known_header_bytes) AS measured_requests
    FROM classified_requests
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
)
SELECT to_char(date, '%Y-%m') AS month, *
FROM counted
