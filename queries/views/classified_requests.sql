-- purpose: every request with what decides its price; `traffic` counts it, `request_costs` prices it
-- grain:   one request
-- units:   bytes
-- notes:   cache_result is the decision of the cache (an aborted hit stays a hit), and the outcome
--          where old logs have no decision. known_header_bytes is NULL where a log does not tell
--          headers from body.
-- order:   log_file, log_line
SELECT
    to_char(date, '%Y-%m') AS month,
    r.*,
    coalesce(substr(edge_location, 1, 3), '-') AS edge_code,
    CASE
        WHEN method IN ('GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE') THEN method
        ELSE 'other'
    END AS billed_method,
    -- Old logs do not name the protocol: the dearer one, so that a cost never comes out too low.
    CASE WHEN protocol IN ('http', 'ws') THEN 'http' ELSE 'https' END AS billing_protocol,
    -- Logs with chosen fields may leave the status out.
    coalesce(status, 0) / 100 AS status_class,
    coalesce(status, 0) = 403 AS is_forbidden,
    -- What CloudFront compresses when a viewer accepts it: by type and size.
    coalesce(
        status = 200
        AND method = 'GET'
        AND coalesce(content_length, response_bytes) BETWEEN 1000 AND 10000000
        AND (
            content_type LIKE 'text/%'
            OR content_type LIKE 'application/javascript%'
            OR content_type LIKE 'application/x-javascript%'
            OR content_type LIKE 'application/json%'
            OR content_type LIKE 'application/xml%'
            OR contains(content_type, '+json')
            OR contains(content_type, '+xml')
            OR content_type LIKE 'application/wasm%'
            OR content_type LIKE 'application/vnd.ms-fontobject%'
            OR content_type LIKE 'image/svg%'
            OR content_type LIKE 'font/%'
        ),
        false
    ) AS is_compressible,
    coalesce(response_result_type, result_type, '-') AS cache_result,
    coalesce(detailed_result_type, '-') AS cache_detail,
    CASE
        WHEN method = 'HEAD' OR status IN (204, 304) THEN response_bytes
        WHEN response_bytes - content_length BETWEEN 0 AND 65536 THEN response_bytes - content_length
    END AS known_header_bytes
FROM requests r
