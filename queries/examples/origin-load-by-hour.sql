-- question: How much reaches each origin at each hour of the day, and what is its peak?
-- grain: one row a distribution and UTC hour of the day
-- units: bytes; requests are counts over the month; peak_* those of the busiest single hour
-- order: distribution, hour_of_day
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
SELECT
    name AS distribution,
    origin,
    hour_of_day,
    hours,
    requests,
    origin_requests,
    origin_bytes,
    kept_off_bytes,
    peak_origin_requests
FROM origin_load_hourly
WHERE month = $month
    AND ($distribution IS NULL OR $distribution IN (name, distribution))
ORDER BY distribution, hour_of_day
