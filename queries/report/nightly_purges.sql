-- purpose: purges that come every day at the same time, and what they cost
-- order:   refill_bytes DESC, distribution, prefix, time_of_day
SELECT
    distribution,
    name,
    origin,
    prefix,
    time_of_day,
    source,
    nights,
    miss_ratio_before AS before_miss_ratio,
    miss_ratio_after AS after_miss_ratio,
    refill_requests,
    refill_bytes,
    refill_requests_each AS refill_each_requests,
    refill_bytes_each AS refill_each_bytes,
    avoidable_requests,
    avoidable_bytes,
    avoidable_share,
    refill_usd,
    avoidable_usd
FROM nightly_purges
WHERE month = $month
ORDER BY refill_bytes DESC, distribution, prefix, time_of_day
