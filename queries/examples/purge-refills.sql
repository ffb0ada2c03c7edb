-- question: What had to be fetched again after purges, and how much of it had not changed?
-- grain: one row a distribution, first path segment and time of a purge that comes every day
-- units: bytes; requests are counts; USD rounded at 10^-4; ratios and shares from 0 to 1
-- order: refill_bytes from the largest, distribution, prefix, time_of_day
-- param: month text newest  UTC month, YYYY-MM
SELECT
    name AS distribution,
    prefix,
    time_of_day,
    nights,
    miss_ratio_before,
    miss_ratio_after,
    refill_requests,
    refill_bytes,
    avoidable_share,
    CAST(refill_usd AS DECIMAL(18, 4)) AS refill_usd,
    CAST(avoidable_usd AS DECIMAL(18, 4)) AS avoidable_usd
FROM nightly_purges
WHERE month = $month
ORDER BY refill_bytes DESC, distribution, prefix, time_of_day
