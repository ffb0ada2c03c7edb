-- purpose: what a running month's traffic will come to: what is there, and a forecast of the rest
-- grain:   month, metric
-- units:   so_far, expected, low and high in unit; daily_deviation in unit a day; *_factor what
--          so_far grows by, with nine digits; dates and days UTC
-- notes:   a month runs when its last day has no requests: the data decide, not the clock. as_of
--          is its newest day with requests, which is taken as whole. A remaining day is expected to
--          be the mean of its weekday over the newest 28 days with requests of this month and the
--          one before (history_days), or the mean of them all where the weekday has none. low and
--          high hold in four of five months: 1.2816 standard deviations of days around their
--          weekday's mean (method weekdays; around the mean of all where no weekday has two:
--          days), times the root of m + m²/n for m remaining days and n of history. NULL with one
--          day of history.
-- order:   month, metric
WITH summed AS (
    SELECT month AS day_month, date, sum(requests) AS requests, sum(response_bytes) AS bytes
    FROM daily_traffic
    GROUP BY month, date
),
daily AS (
    SELECT day_month AS month, day_month, date, requests, bytes
    FROM summed
    UNION ALL
    -- The month before, as history.
    SELECT next_month(day_month), day_month, date, requests, bytes
    FROM summed
),
days AS (
    SELECT
        month,
        day_month,
        date,
        arrow_cast(date, 'Int32') AS day,
        requests,
        bytes,
        row_number() OVER (PARTITION BY month ORDER BY date DESC) AS place
    FROM daily
),
running AS (
    SELECT
        month,
        max(date) AS as_of,
        max(day) AS as_of_day,
        -- The month's last day.
        arrow_cast(CAST(date_trunc('month', max(date)) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE), 'Int32') AS last_day,
        CAST(
            date_part('day', date_trunc('month', max(date)) + INTERVAL '1 month' - INTERVAL '1 day') AS BIGINT
        ) AS days_in_month,
        count(*) AS days_with_data
    FROM days
    WHERE day_month = month
    GROUP BY month
    HAVING max(date) < CAST(date_trunc('month', max(date)) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)
),
metered AS (
    SELECT month, day_month, day, place, 'egress_bytes' AS metric, 'bytes' AS unit, bytes AS amount
    FROM days
    UNION ALL
    SELECT month, day_month, day, place, 'requests', 'requests', requests
    FROM days
),
so_far AS (
    SELECT month, metric, unit, sum(amount) AS amount
    FROM metered
    WHERE day_month = month
    GROUP BY month, metric, unit
),
by_weekday AS (
    -- Days since 1970-01-01 by seven: any seven days in a row are seven weekdays.
    SELECT
        month,
        metric,
        day % 7 AS weekday,
        CAST(count(*) AS BIGINT) AS days,
        CAST(sum(amount) AS DECIMAL(19, 0)) AS amount,
        CAST(sum(CAST(amount AS DECIMAL(19, 0)) * CAST(amount AS DECIMAL(19, 0))) AS DECIMAL(38, 0)) AS squares
    FROM metered
    WHERE place <= 28
    GROUP BY month, metric, day % 7
),
history AS (
    SELECT
        month,
        metric,
        sum(days) AS days,
        count(*) AS weekdays,
        CAST(sum(amount) AS DECIMAL(19, 0)) AS amount,
        -- n squares less the square of the sum: n times the squared deviations, exactly.
        CAST(sum(days) * sum(squares) - CAST(sum(amount) AS DECIMAL(19, 0)) * CAST(sum(amount) AS DECIMAL(19, 0)) AS DOUBLE)
        / sum(days) AS all_deviations,
        sum(CAST(days * squares - amount * amount AS DOUBLE) / days) AS weekday_deviations
    FROM by_weekday
    GROUP BY month, metric
),
weekdays AS (
    SELECT r.month, h.metric, w.weekday,
        (r.last_day - w.weekday + 7) / 7 - (r.as_of_day - w.weekday + 7) / 7 AS remaining
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6)) AS w (weekday)
    CROSS JOIN running r
    JOIN history h ON h.month = r.month
),
expected AS (
    SELECT
        w.month,
        w.metric,
        sum(w.remaining) AS remaining_days,
        sum(
            CASE
                WHEN b.days IS NULL THEN CAST(h.amount AS DECIMAL(27, 6)) * w.remaining / h.days
                ELSE CAST(b.amount AS DECIMAL(27, 6)) * w.remaining / b.days
            END
        ) AS amount
    FROM weekdays w
    JOIN history h ON h.month = w.month AND h.metric = w.metric
    LEFT JOIN by_weekday b ON b.month = w.month AND b.metric = w.metric AND b.weekday = w.weekday
    GROUP BY w.month, w.metric
),
spread AS (
    SELECT
        e.month,
        e.metric,
        e.remaining_days,
        h.days AS history_days,
        e.amount,
        CASE WHEN h.days > h.weekdays THEN 'weekdays' ELSE 'days' END AS method,
        CASE
            WHEN h.days > h.weekdays THEN sqrt(h.weekday_deviations / (h.days - h.weekdays))
            WHEN h.days > 1 THEN sqrt(h.all_deviations / (h.days - 1))
        END AS deviation
    FROM expected e
    JOIN history h ON h.month = e.month AND h.metric = e.metric
),
banded AS (
    SELECT
        s.month,
        s.metric,
        s.remaining_days,
        s.history_days,
        s.method,
        s.amount,
        CAST(round(s.deviation) AS BIGINT) AS daily_deviation,
        CAST(
            round(1.2816 * s.deviation * sqrt(s.remaining_days + CAST(s.remaining_days * s.remaining_days AS DOUBLE) / s.history_days))
            AS BIGINT
        ) AS band
    FROM spread s
),
forecast AS (
    SELECT
        r.month,
        b.metric,
        f.unit,
        r.as_of,
        r.days_with_data,
        r.days_in_month,
        CAST(b.remaining_days AS BIGINT) AS remaining_days,
        CAST(b.history_days AS BIGINT) AS history_days,
        b.method,
        b.daily_deviation,
        CAST(f.amount AS BIGINT) AS so_far,
        CAST(f.amount + round(b.amount) AS BIGINT) AS expected,
        b.band
    FROM running r
    JOIN banded b ON b.month = r.month
    JOIN so_far f ON f.month = r.month AND f.metric = b.metric
),
limited AS (
    SELECT
        *,
        -- What is there stays.
        CASE WHEN band IS NOT NULL THEN greatest(expected - band, so_far) END AS low,
        expected + band AS high
    FROM forecast
)
SELECT
    month,
    metric,
    unit,
    as_of,
    days_with_data,
    days_in_month,
    remaining_days,
    history_days,
    method,
    daily_deviation,
    so_far,
    expected,
    low,
    high,
    CAST(coalesce(CAST(expected AS DECIMAL(28, 9)) / nullif(so_far, 0), 1) AS DECIMAL(18, 9)) AS expected_factor,
    CASE
        WHEN band IS NOT NULL
        THEN CAST(coalesce(CAST(low AS DECIMAL(28, 9)) / nullif(so_far, 0), 1) AS DECIMAL(18, 9))
    END AS low_factor,
    CASE
        WHEN band IS NOT NULL
        THEN CAST(coalesce(CAST(high AS DECIMAL(28, 9)) / nullif(so_far, 0), 1) AS DECIMAL(18, 9))
    END AS high_factor
FROM limited
