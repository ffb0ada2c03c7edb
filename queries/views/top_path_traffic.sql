-- purpose: the cells of usage_rates by path, for the 50 paths of each distribution that sent most
-- grain:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          path
-- units:   bytes; requests a count
-- notes:   two passes over the requests. The first adds up bytes by a number for each path
--          (path_hash), so that millions of paths take 16 bytes each and no text; the second looks at
--          the paths of the 50 largest numbers alone. Without a path it is '-'.
-- order:   month, distribution, edge_region, method, billing_protocol, status_class, is_forbidden,
--          is_compressible, cache_result, detailed_result_type,
--          path
WITH sized AS (
    SELECT
        date_trunc('month', date) AS first_day,
        distribution,
        coalesce(path_hash(path), 0) AS path_hash,
        sum(response_bytes) AS response_bytes
    FROM classified_requests
    GROUP BY 1, 2, 3
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY first_day, distribution ORDER BY response_bytes DESC NULLS LAST, path_hash
        ) AS place
    FROM sized
),
top AS (
    SELECT first_day, distribution, path_hash FROM ranked WHERE place <= 50
),
numbered AS (
    SELECT
        date_trunc('month', date) AS first_day,
        coalesce(path_hash(path), 0) AS path_hash,
        *
    FROM classified_requests
),
counted AS (
    SELECT
        r.first_day,
        r.distribution,
        edge_region(r.edge_code) AS edge_region,
        r.billed_method AS method,
        r.billing_protocol,
        r.status_class,
        r.is_forbidden,
        r.is_compressible,
        r.cache_result,
        r.cache_detail AS detailed_result_type,
        coalesce(r.path, '-') AS path,
        count(*) AS requests,
        coalesce(sum(r.response_bytes), 0) AS response_bytes,
        coalesce(sum(r.request_bytes), 0) AS request_bytes
    FROM numbered r
    LEFT SEMI JOIN top t
        ON r.first_day = t.first_day AND r.distribution = t.distribution AND r.path_hash = t.path_hash
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)
SELECT to_char(first_day, '%Y-%m') AS month, * EXCLUDE (first_day)
FROM counted
