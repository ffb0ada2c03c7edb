-- purpose: every purge, and what had to be fetched again after it
-- order:   purged_at, distribution, prefix
SELECT
    distribution,
    name,
    origin,
    prefix,
    purged_at,
    refilled_at,
    source,
    pattern,
    miss_ratio_before AS before_miss_ratio,
    miss_ratio_after AS after_miss_ratio,
    miss_requests,
    refill_requests,
    refill_bytes,
    avoidable_requests,
    avoidable_bytes,
    avoidable_share,
    refill_usd,
    avoidable_usd
FROM purges
WHERE month = $month
ORDER BY purged_at, distribution, prefix
