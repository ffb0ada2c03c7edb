-- purpose: one pass over the requests that log a country: the cells of usage_rates by country
-- grain:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          country
-- units:   bytes; requests a count
-- notes:   most logs have no countries: their column is empty, and the pass reads next to nothing
-- order:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          country
WITH counted AS (
    SELECT
        date_trunc('month', r.date) AS first_day,
        r.distribution,
        edge_region(r.edge_code) AS edge_region,
        r.billed_method AS method,
        r.billing_protocol,
        r.status_class,
        r.is_forbidden,
        r.is_compressible,
        r.cache_result,
        r.cache_detail AS detailed_result_type,
        r.country,
        count(*) AS requests,
        coalesce(sum(r.response_bytes), 0) AS response_bytes,
        coalesce(sum(r.request_bytes), 0) AS request_bytes
    FROM classified_requests r
    WHERE r.country IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)
SELECT to_char(first_day, '%Y-%m') AS month, * EXCLUDE (first_day)
FROM counted
