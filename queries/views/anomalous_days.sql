-- purpose: days far off their baseline: at most 20 a month, the dearest first
-- grain:   month, distribution, date, metric
-- units:   value, baseline and excess in the metric's unit ('bytes', or counts of requests, 'errors' or
--          'misses'); ratio is value by baseline with six decimals, NULL where that is 0; excess_usd in
--          USD, rounded at 10^-12
-- notes:   daily_baselines says what the baseline is. A day is far off when it is 30 % and six median
--          deviations away from it, with five other days to compare with, and further than chance
--          explains: five standard deviations of a Poisson distribution (for bytes, of that of the
--          day's requests), and ten requests.
--          A day with fewer hours of logs than usual (missing_hours) that is below its baseline is_gap:
--          logs or traffic were missing, and nobody can tell which from the amount.
--          excess_usd: bytes at the distribution's average of the month by the byte, requests and
--          errors by the request, misses at what S3 takes for a read (NULL for servers).
-- order:   month, rank
WITH days AS (
    SELECT
        b.*,
        b.value - b.baseline AS excess,
        b.value < b.baseline AND b.missing_hours > 0 AS is_gap,
        CAST(b.value - b.baseline AS DOUBLE) AS distance,
        CAST(b.baseline AS DOUBLE) AS usual,
        CAST(greatest(r.baseline, 1) AS DOUBLE) AS usual_requests
    FROM daily_baselines b
    JOIN daily_baselines r
        ON r.month = b.month AND r.distribution = b.distribution AND r.date = b.date AND r.metric = 'requests'
),
far AS (
    SELECT *
    FROM days
    WHERE days >= 5
        AND 10 * abs(excess) >= 3 * baseline
        AND abs(excess) >= 6 * deviation
        AND excess <> 0
        AND CASE metric
            WHEN 'bytes' THEN distance * distance * usual_requests >= 25 * usual * usual
            ELSE abs(excess) >= 10 AND distance * distance >= 25 * (usual + 1)
        END
),
rates AS (
    SELECT
        u.month,
        u.distribution,
        d.name,
        CAST(CAST(sum(u.byte_usd) AS DECIMAL(60, 24)) / nullif(CAST(sum(u.response_bytes) AS DECIMAL(40, 0)), 0) AS DECIMAL(38, 24))
            AS usd_per_byte,
        CAST(CAST(sum(u.request_usd) AS DECIMAL(60, 24)) / CAST(sum(u.requests) AS DECIMAL(40, 0)) AS DECIMAL(38, 24))
            AS usd_per_request,
        max(p.usd_per_request) AS usd_per_miss
    FROM usage_costs u
    JOIN distributions d ON d.distribution = u.distribution
    LEFT JOIN s3_get_prices p
        ON p.month = u.month AND d.origin = 's3' AND p.bucket_region = d.bucket_region AND p.storage_class = d.storage_class
    GROUP BY u.month, u.distribution, d.name
),
priced AS (
    SELECT
        f.*,
        r.name,
        CAST(
            CAST(f.excess AS DECIMAL(20, 0)) * CASE f.metric
                WHEN 'bytes' THEN r.usd_per_byte
                WHEN 'misses' THEN r.usd_per_miss
                ELSE r.usd_per_request
            END
            AS DECIMAL(38, 12)
        ) AS excess_usd
    FROM far f
    JOIN rates r ON r.month = f.month AND r.distribution = f.distribution
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY month ORDER BY dearness DESC, metric, size DESC, distribution, date
        ) AS rank
    FROM (
        SELECT
            *,
            coalesce(abs(excess_usd), CAST(0 AS DECIMAL(38, 12))) AS dearness,
            abs(excess) AS size
        FROM priced
    ) AS p
)
SELECT
    month,
    rank,
    distribution,
    name,
    date,
    metric,
    value,
    baseline,
    excess,
    CAST(CAST(value AS DECIMAL(26, 6)) / nullif(baseline, 0) AS DECIMAL(20, 6)) AS ratio,
    excess_usd,
    missing_hours,
    is_gap,
    reference_date,
    reference
FROM ranked
WHERE rank <= 20
