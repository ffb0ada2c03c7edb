-- purpose: the hours of every distribution that have log objects or requests
-- grain:   month, distribution, date, hour_of_day
-- units:   objects, quarantined, rejected_rows and requests counts; date and hour_of_day (0 to 23) are
--          UTC
-- notes:   objects are by the hour in their names, requests by their own times. An hour without a row
--          has neither: nothing was asked for, or the log is missing. state: 'requests', or 'objects'
--          where no request came of them (empty, quarantined, forgotten or skipped).
-- order:   month, distribution, date, hour_of_day
WITH hours AS (
    SELECT month, distribution, hour, objects, quarantined, rejected_rows, 0 AS requests
    FROM log_hours
    WHERE hour IS NOT NULL AND distribution IS NOT NULL
    UNION ALL
    SELECT month, distribution, hour, 0 AS objects, 0 AS quarantined, 0 AS rejected_rows, requests
    FROM hourly_traffic
)
SELECT
    h.month,
    h.distribution,
    coalesce(d.name, h.distribution) AS name,
    CAST(h.hour AS DATE) AS date,
    CAST(date_part('hour', h.hour) AS BIGINT) AS hour_of_day,
    CASE WHEN sum(h.requests) > 0 THEN 'requests' ELSE 'objects' END AS state,
    sum(h.objects) AS objects,
    sum(h.quarantined) AS quarantined,
    sum(h.rejected_rows) AS rejected_rows,
    sum(h.requests) AS requests
FROM hours h
LEFT JOIN distributions d ON d.distribution = h.distribution
GROUP BY h.month, h.distribution, 3, 4, 5
