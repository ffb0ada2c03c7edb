-- purpose: every purge with what it had to be fetched again, and what of that had not changed
-- grain:   month, distribution, prefix, purged_at
-- units:   purged_at and refilled_at are UTC times; requests counts, bytes bytes; ratios are shares of
--          hits and misses; *_usd in USD, rounded at 10^-12
-- notes:   purge_windows says how purges are found. miss_ratio_before is that of the three hours
--          before, miss_ratio_after that of the first hour. Refill: the misses from the purge to
--          refilled_at less those that the baseline's share of the same requests would have been; its
--          bytes are the misses' in the same proportion.
--          Avoidable is the part of the refill on paths that were asked for before (on the three days
--          before, or earlier on the day) and had the same size then (the Content-Length of all
--          whole answers of one of these days) or lies under an immutable path of the rules:
--          purging them changed nothing. A file that changed and kept its size is taken for
--          unchanged; one whose size no log tells (old logs, ranges, HEAD) for changed; and a month
--          does not look back into the one before, so that its first three days come out too low.
--          avoidable_share is by bytes. A single step of whose misses not one in ten was on a path
--          asked for before is no purge: somebody fetched cold objects.
--          refill_usd is what S3 takes for the reads, an upper bound (regional caches absorb a part);
--          NULL for servers, which take nothing by the request.
-- order:   month, distribution, prefix, purged_at
WITH windows AS (
    SELECT
        month,
        distribution,
        prefix,
        first_quarter,
        end_quarter,
        coalesce(minute, -1) AS minute,
        pattern,
        baseline_miss_ratio,
        CAST(first_quarter / 96 AS INT) AS day,
        first_quarter / 96 * 1440 + coalesce(minute, first_quarter % 96 * 15) AS purged_minute
    FROM purge_windows
),
-- A refill may go on over midnight.
window_days AS (
    SELECT w.*, arrow_cast(w.day + s.shift, 'Date32') AS date
    FROM (VALUES (CAST(0 AS INT)), (CAST(1 AS INT))) AS s(shift)
    CROSS JOIN windows w
    WHERE (w.day + s.shift) * 96 < w.end_quarter
),
ratios AS (
    SELECT
        w.month, w.distribution, w.prefix, w.first_quarter, w.minute,
        sum(s.requests) FILTER (WHERE s.quarter < w.first_quarter) AS requests_before,
        sum(s.misses) FILTER (WHERE s.quarter < w.first_quarter) AS misses_before,
        sum(s.requests) FILTER (WHERE s.quarter >= w.first_quarter AND s.quarter < w.first_quarter + 4) AS requests_after,
        sum(s.misses) FILTER (WHERE s.quarter >= w.first_quarter AND s.quarter < w.first_quarter + 4) AS misses_after,
        sum(s.requests) FILTER (WHERE s.quarter >= w.first_quarter AND s.quarter < w.end_quarter) AS requests
    FROM windows w
    JOIN purge_series s
        ON s.month = w.month AND s.distribution = w.distribution AND s.prefix = w.prefix
        AND coalesce(s.minute, -1) = w.minute AND NOT s.is_pooled
        AND s.quarter >= w.first_quarter - 12 AND s.quarter < greatest(w.end_quarter, w.first_quarter + 4)
    GROUP BY w.month, w.distribution, w.prefix, w.first_quarter, w.minute
),
-- Misses on these days, counted before they are looked at one by one.
day_misses AS (
    SELECT
        r.month, r.date, r.distribution, r.prefix, r.quarter, r.path,
        count(*) AS requests,
        sum(r.response_bytes) AS bytes,
        max(r.whole_bytes) AS whole_bytes
    FROM (
        SELECT
            to_char(date, '%Y-%m') AS month,
            date,
            distribution,
            path,
            CASE
                WHEN strpos(substr(path, 2), '/') BETWEEN 4 AND 25
                    THEN concat('/', split_part(path, '/', 2), '/')
                ELSE '/'
            END AS prefix,
            CAST(time AS BIGINT) / 900000000 AS quarter,
            coalesce(response_bytes, 0) AS response_bytes,
            CASE WHEN status = 200 AND method = 'GET' THEN content_length END AS whole_bytes
        FROM requests
        WHERE coalesce(response_result_type, result_type) = 'Miss'
    ) AS r
    LEFT SEMI JOIN window_days w ON w.month = r.month AND w.date = r.date AND w.distribution = r.distribution
    GROUP BY r.month, r.date, r.distribution, r.prefix, r.quarter, r.path
),
missed AS (
    SELECT
        w.month, w.distribution, w.prefix, w.first_quarter, w.minute, w.day, w.purged_minute,
        r.path,
        sum(r.requests) AS requests,
        sum(r.bytes) AS bytes,
        max(r.whole_bytes) AS whole_bytes
    FROM window_days w
    JOIN day_misses r
        ON r.month = w.month AND r.date = w.date AND r.distribution = w.distribution
        AND r.quarter >= w.first_quarter AND r.quarter < w.end_quarter
        AND (r.prefix = w.prefix OR (w.minute >= 0 AND w.prefix = '/'))
    GROUP BY w.month, w.distribution, w.prefix, w.first_quarter, w.minute, w.day, w.purged_minute, r.path
),
-- What was known of these paths on each day.
known AS (
    SELECT
        r.month, r.date, r.distribution, r.path,
        CAST(min(r.time) AS BIGINT) / 60000000 AS first_minute,
        -- A file that changed on that day has no size of the day.
        CASE WHEN min(r.whole_bytes) = max(r.whole_bytes) THEN max(r.whole_bytes) END AS whole_bytes
    FROM (
        SELECT
            to_char(date, '%Y-%m') AS month,
            date,
            distribution,
            path,
            time,
            CASE WHEN status = 200 AND method = 'GET' THEN content_length END AS whole_bytes
        FROM requests
    ) AS r
    LEFT SEMI JOIN missed m ON m.month = r.month AND m.distribution = r.distribution AND m.path = r.path
    GROUP BY r.month, r.date, r.distribution, r.path
),
judged AS (
    SELECT
        m.month, m.distribution, m.prefix, m.first_quarter, m.minute, m.path, m.requests, m.bytes,
        count(k.path) > 0 AS is_known,
        -- What never changes tells no size of itself in ranges and old logs, and needs none.
        coalesce(bool_or(k.whole_bytes = m.whole_bytes), false)
            OR (count(k.path) > 0 AND coalesce(bool_or(g.is_immutable), false)) AS is_same
    FROM (
        SELECT missed.*, arrow_cast(missed.day - s.shift, 'Date32') AS date
        FROM (VALUES (CAST(0 AS INT)), (CAST(1 AS INT)), (CAST(2 AS INT)), (CAST(3 AS INT))) AS s(shift)
        CROSS JOIN missed
    ) AS m
    LEFT JOIN known k
        ON k.month = m.month AND k.distribution = m.distribution AND k.date = m.date AND k.path = m.path
        AND k.first_minute < m.purged_minute
    LEFT JOIN path_groups g ON g.path_group = path_group(m.distribution, m.path)
    GROUP BY m.month, m.distribution, m.prefix, m.first_quarter, m.minute, m.path, m.requests, m.bytes
),
refills AS (
    SELECT
        month, distribution, prefix, first_quarter, minute,
        sum(requests) AS misses,
        sum(bytes) AS miss_bytes,
        coalesce(sum(requests) FILTER (WHERE is_known), 0) AS known_misses,
        coalesce(sum(requests) FILTER (WHERE is_same), 0) AS same_misses,
        coalesce(sum(bytes) FILTER (WHERE is_same), 0) AS same_bytes
    FROM judged
    GROUP BY month, distribution, prefix, first_quarter, minute
),
-- What is above the baseline, in millionths of the misses.
shares AS (
    SELECT
        w.*,
        r.requests_before, r.misses_before, r.requests_after, r.misses_after,
        coalesce(f.misses, 0) AS misses,
        coalesce(f.miss_bytes, 0) AS miss_bytes,
        coalesce(f.same_misses, 0) AS same_misses,
        coalesce(f.same_bytes, 0) AS same_bytes,
        CAST(
            coalesce(
                greatest(CAST(f.misses AS DECIMAL(32, 12)) - r.requests * w.baseline_miss_ratio, 0) / nullif(f.misses, 0),
                0
            ) AS DECIMAL(9, 6)
        ) AS refill_part
    FROM windows w
    JOIN ratios r
        ON r.month = w.month AND r.distribution = w.distribution AND r.prefix = w.prefix
        AND r.first_quarter = w.first_quarter AND r.minute = w.minute
    LEFT JOIN refills f
        ON f.month = w.month AND f.distribution = w.distribution AND f.prefix = w.prefix
        AND f.first_quarter = w.first_quarter AND f.minute = w.minute
    WHERE w.pattern <> 'single' OR 10 * f.known_misses >= f.misses
),
counted AS (
    SELECT
        *,
        CAST(round(misses * refill_part) AS BIGINT) AS refill_requests,
        CAST(round(CAST(miss_bytes AS DECIMAL(20, 0)) * refill_part) AS BIGINT) AS refill_bytes,
        CAST(round(same_misses * refill_part) AS BIGINT) AS avoidable_requests,
        CAST(round(CAST(same_bytes AS DECIMAL(20, 0)) * refill_part) AS BIGINT) AS avoidable_bytes
    FROM shares
)
SELECT
    c.month,
    c.distribution,
    d.name,
    d.origin,
    c.prefix,
    arrow_cast(c.purged_minute * 60000000, 'Timestamp(Microsecond, Some("UTC"))') AS purged_at,
    arrow_cast(c.end_quarter * 900000000, 'Timestamp(Microsecond, Some("UTC"))') AS refilled_at,
    CASE c.pattern WHEN 'configured' THEN 'configured' ELSE 'detected' END AS source,
    c.pattern,
    c.baseline_miss_ratio,
    CAST(CAST(c.misses_before AS DECIMAL(20, 6)) / nullif(c.requests_before, 0) AS DECIMAL(9, 6)) AS miss_ratio_before,
    CAST(CAST(c.misses_after AS DECIMAL(20, 6)) / nullif(c.requests_after, 0) AS DECIMAL(9, 6)) AS miss_ratio_after,
    c.misses AS miss_requests,
    c.refill_requests,
    c.refill_bytes,
    c.avoidable_requests,
    c.avoidable_bytes,
    CAST(CAST(c.avoidable_bytes AS DECIMAL(26, 6)) / nullif(c.refill_bytes, 0) AS DECIMAL(9, 6)) AS avoidable_share,
    CAST(
        c.refill_requests * p.usd_per_request + CAST(c.refill_bytes AS DECIMAL(20, 0)) * p.usd_per_gb / 1073741824
        AS DECIMAL(38, 12)
    ) AS refill_usd,
    CAST(
        c.avoidable_requests * p.usd_per_request + CAST(c.avoidable_bytes AS DECIMAL(20, 0)) * p.usd_per_gb / 1073741824
        AS DECIMAL(38, 12)
    ) AS avoidable_usd
FROM counted c
JOIN distributions d ON d.distribution = c.distribution
LEFT JOIN s3_get_prices p
    ON p.month = c.month AND d.origin = 's3' AND p.bucket_region = d.bucket_region AND p.storage_class = d.storage_class
