-- purpose: the bill against the logs, by distribution
-- grain:   month, distribution
-- units:   GB of 2^30 bytes; requests of all methods; usd rounded at 10^-12
-- notes:   as bill_distribution_comparison, which it sums up
-- order:   month, distribution
WITH families AS (
    SELECT
        *,
        usage_type LIKE '%-DataTransfer-Out-Bytes' AS is_egress,
        usage_type LIKE '%-Requests-Tier%' OR usage_type LIKE '%-Requests-HTTP%-Proxy' AS is_requests
    FROM bill_distribution_comparison
)
SELECT
    month,
    distribution,
    max(name) AS name,
    coalesce(sum(bill_quantity) FILTER (WHERE is_egress), 0) AS bill_gb,
    coalesce(sum(our_quantity) FILTER (WHERE is_egress), 0) AS our_gb,
    coalesce(sum(bill_quantity) FILTER (WHERE is_requests), 0) AS bill_requests,
    coalesce(sum(our_quantity) FILTER (WHERE is_requests), 0) AS our_requests,
    sum(bill_usd) AS bill_usd,
    sum(our_usd) AS our_usd,
    sum(usd_difference) AS usd_difference
FROM families
GROUP BY month, distribution
