-- purpose: every request with its share of the month's cost, for sums by whatever you like
-- grain:   one request
-- units:   USD, rounded at 10^-24: sums are exact far below the cent
-- notes:   cloudfront_usd and s3_usd sum to monthly_cost, but for plans and other items of
--          distributions without a request
-- order:   log_file, log_line
SELECT
    u.name,
    u.region,
    r.*,
    coalesce(r.response_bytes * u.usd_per_response_byte, 0)
        + coalesce(r.request_bytes * u.usd_per_request_byte, 0)
        + u.usd_per_request AS cloudfront_usd,
    coalesce(r.response_bytes * u.s3_usd_per_response_byte, 0) + u.s3_usd_per_request AS s3_usd
FROM classified_requests r
JOIN usage_costs u
    -- The month as well: a filter on it then reaches both sides.
    ON u.month = r.month
    AND u.date = r.date
    AND u.distribution = r.distribution
    AND u.edge_code = r.edge_code
    AND u.method = r.billed_method
    AND u.billing_protocol = r.billing_protocol
    AND u.status_class = r.status_class
    AND u.is_forbidden = r.is_forbidden
    AND u.is_compressible = r.is_compressible
    AND u.cache_result = r.cache_result
    AND u.detailed_result_type = r.cache_detail
