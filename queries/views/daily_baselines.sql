-- purpose: every day beside what is usual: what anomalies are found in
-- grain:   month, distribution, date, metric
-- units:   value, baseline, deviation and reference in the metric's unit: 'bytes' in bytes, 'requests',
--          'errors' and 'misses' counts; days and hours counts; dates are UTC
-- notes:   baseline is the median of the month's other days of the same kind (Monday to Friday, or the
--          weekend) that have logs, and deviation the median of their distances from it.
--          missing_hours is by how much the hours with requests fall short of those days' median.
--          reference_date is the one of these days, with no hour missing, that lies closest to the
--          baseline (the first of several).
-- order:   month, distribution, date, metric
WITH daily AS (
    SELECT
        month,
        distribution,
        CAST(hour AS DATE) AS date,
        count(*) AS hours,
        sum(response_bytes) AS response_bytes,
        sum(requests) AS requests,
        sum(error_requests) AS errors,
        sum(miss_requests) AS misses
    FROM hourly_traffic
    GROUP BY month, distribution, CAST(hour AS DATE)
),
days AS (
    SELECT
        m.metric,
        d.month,
        d.distribution,
        d.date,
        date_part('dow', d.date) IN (0, 6) AS is_weekend,
        d.hours,
        CASE m.metric
            WHEN 'bytes' THEN d.response_bytes
            WHEN 'requests' THEN d.requests
            WHEN 'errors' THEN d.errors
            ELSE d.misses
        END AS value
    FROM (VALUES ('bytes'), ('requests'), ('errors'), ('misses')) AS m(metric)
    CROSS JOIN daily d
),
pairs AS (
    SELECT
        a.month, a.distribution, a.date, a.metric, a.value, a.hours,
        b.date AS other_date, b.value AS other, b.hours AS other_hours
    FROM days a
    JOIN days b
        ON b.month = a.month AND b.distribution = a.distribution AND b.metric = a.metric
        AND b.is_weekend = a.is_weekend
    WHERE b.date <> a.date
),
centered AS (
    SELECT
        month, distribution, date, metric, value, hours,
        count(*) AS days,
        CAST(median(other) AS BIGINT) AS baseline,
        CAST(median(other_hours) AS BIGINT) AS usual_hours
    FROM pairs
    GROUP BY month, distribution, date, metric, value, hours
),
distances AS (
    SELECT
        c.month, c.distribution, c.date, c.metric, c.value, c.days, c.baseline,
        greatest(c.usual_hours - c.hours, 0) AS missing_hours,
        p.other_date,
        p.other,
        abs(p.other - c.baseline) AS distance,
        row_number() OVER (
            PARTITION BY c.month, c.distribution, c.date, c.metric
            ORDER BY p.other_hours < c.usual_hours, abs(p.other - c.baseline), p.other_date
        ) AS nearness
    FROM centered c
    JOIN pairs p
        ON p.month = c.month AND p.distribution = c.distribution AND p.date = c.date AND p.metric = c.metric
)
SELECT
    month,
    distribution,
    date,
    metric,
    value,
    days,
    baseline,
    CAST(median(distance) AS BIGINT) AS deviation,
    missing_hours,
    min(other_date) FILTER (WHERE nearness = 1) AS reference_date,
    min(other) FILTER (WHERE nearness = 1) AS reference
FROM distances
GROUP BY month, distribution, date, metric, value, days, baseline, missing_hours
