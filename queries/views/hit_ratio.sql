-- purpose: cache hit ratio by requests and by bytes, as settings.hit_ratio defines it
-- grain:   month, distribution
-- units:   bytes; requests a count; ratios 0 to 1 with six decimals, NULL where nothing counts
-- notes:   what is neither hit nor miss (errors, redirects, generated responses) is in
--          other_requests, so that the three sum to all requests
-- order:   month, distribution
WITH summed AS (
    SELECT
        month,
        distribution,
        name,
        coalesce(sum(requests) FILTER (WHERE is_hit), 0) AS hit_requests,
        coalesce(sum(requests) FILTER (WHERE in_ratio AND NOT is_hit), 0) AS miss_requests,
        coalesce(sum(requests) FILTER (WHERE NOT in_ratio), 0) AS other_requests,
        coalesce(sum(response_bytes) FILTER (WHERE is_hit), 0) AS hit_bytes,
        coalesce(sum(response_bytes) FILTER (WHERE in_ratio AND NOT is_hit), 0) AS miss_bytes,
        coalesce(sum(response_bytes) FILTER (WHERE NOT in_ratio), 0) AS other_bytes
    FROM usage
    GROUP BY month, distribution, name
)
SELECT
    *,
    CAST(
        CAST(hit_requests AS DECIMAL(20, 6)) / nullif(hit_requests + miss_requests, 0) AS DECIMAL(9, 6)
    ) AS request_hit_ratio,
    CAST(
        CAST(hit_bytes AS DECIMAL(26, 6)) / nullif(hit_bytes + miss_bytes, 0) AS DECIMAL(9, 6)
    ) AS byte_hit_ratio
FROM summed
