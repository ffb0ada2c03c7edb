-- purpose: one pass over the requests for what is served and to whom: the cells of usage_rates by
--          path group, legacy rule, content type and client
-- grain:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          path_group, legacy_rule, content_type, user_agent_family
-- units:   bytes; requests a count
-- notes:   legacy_rule is NULL where no rule holds; content_type is without parameters, in lower case,
--          and '-' where the log has none. One pass instead of one a dimension: they go together
--          (a path has a type, and few clients ask for it), so that the cells stay few; days and
--          edges, which do not, are left out. Countries have a view of their own: they would multiply
--          the cells, and most logs have none.
-- order:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          path_group, legacy_rule, content_type, user_agent_family
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
        path_group(r.distribution, r.path) AS path_group,
        legacy_rule(r.distribution, r.path) AS legacy_rule,
        r.content_type AS logged_type,
        client_family(r.user_agent) AS user_agent_family,
        count(*) AS requests,
        coalesce(sum(r.response_bytes), 0) AS response_bytes,
        coalesce(sum(r.request_bytes), 0) AS request_bytes
    FROM classified_requests r
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
),
named AS (
    SELECT
        to_char(first_day, '%Y-%m') AS month,
        coalesce(nullif(trim(lower(split_part(percent_decode(logged_type), ';', 1))), ''), '-') AS content_type,
        *
    FROM counted
)
SELECT
    month,
    distribution,
    edge_region,
    method,
    billing_protocol,
    status_class,
    is_forbidden,
    is_compressible,
    cache_result,
    detailed_result_type,
    path_group,
    legacy_rule,
    content_type,
    user_agent_family,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes,
    sum(request_bytes) AS request_bytes
FROM named
GROUP BY
    month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden, is_compressible,
    cache_result, detailed_result_type, path_group, legacy_rule, content_type, user_agent_family
