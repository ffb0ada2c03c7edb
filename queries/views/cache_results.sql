-- purpose: how the cache decided, every value by itself; shares of a distribution total 100 %
-- grain:   month, distribution, cache_result
-- units:   bytes; requests a count
-- order:   month, distribution, cache_result
SELECT
    month,
    distribution,
    name,
    cache_result,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes
FROM usage
GROUP BY month, distribution, name, cache_result
