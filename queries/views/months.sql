-- purpose: which months the lake holds
-- grain:   month
-- units:   requests a count, days the number of UTC days with requests
-- order:   month
SELECT
    to_char(date, '%Y-%m') AS month,
    count(DISTINCT date) AS days,
    min(date) AS first_date,
    max(date) AS last_date,
    sum(requests) AS requests
FROM (SELECT date, count(*) AS requests FROM requests GROUP BY date) AS daily
GROUP BY 1
