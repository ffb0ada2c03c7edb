-- source: https://docs.aws.amazon.com/athena/latest/ug/getting-started.html, whose table cloudfront_logs cuts `os` out of the user agent
-- licence: CC BY-SA 4.0, its samples a modified MIT licence; the text is ours, of the same shape
-- change: `os` is cut out in the query
SELECT regexp_match(useragent, '\(([^;)]+)')[1] AS os, COUNT(*) AS count
FROM cloudfront_logs
WHERE date BETWEEN date '2026-10-01' AND date '2026-10-31'
GROUP BY os
ORDER BY count DESC, os;
