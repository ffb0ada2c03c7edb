-- purpose: purges that come every day at the same time, by the month
-- grain:   month, distribution, prefix, time_of_day
-- units:   time_of_day is UTC, 'HH:MM'; nights and requests counts, bytes bytes; ratios with six
--          decimals; *_usd in USD
-- notes:   the sums of the daily and configured purges of purges, nights without a request in the
--          first hour not among them; *_each are a night's average, rounded down. miss_ratio_before
--          is the baseline, miss_ratio_after the average of the nights' first hours. avoidable_share
--          is by bytes.
-- order:   month, distribution, prefix, time_of_day
SELECT
    month,
    distribution,
    name,
    origin,
    prefix,
    to_char(purged_at, '%H:%M') AS time_of_day,
    source,
    count(*) AS nights,
    max(baseline_miss_ratio) AS miss_ratio_before,
    CAST(avg(miss_ratio_after) AS DECIMAL(9, 6)) AS miss_ratio_after,
    sum(refill_requests) AS refill_requests,
    sum(refill_bytes) AS refill_bytes,
    sum(refill_requests) / count(*) AS refill_requests_each,
    sum(refill_bytes) / count(*) AS refill_bytes_each,
    sum(avoidable_requests) AS avoidable_requests,
    sum(avoidable_bytes) AS avoidable_bytes,
    CAST(CAST(sum(avoidable_bytes) AS DECIMAL(26, 6)) / nullif(sum(refill_bytes), 0) AS DECIMAL(9, 6)) AS avoidable_share,
    sum(refill_usd) AS refill_usd,
    sum(avoidable_usd) AS avoidable_usd
FROM purges
WHERE pattern <> 'single'
GROUP BY month, distribution, name, origin, prefix, 6, source
