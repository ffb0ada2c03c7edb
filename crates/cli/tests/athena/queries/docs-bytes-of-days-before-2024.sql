-- source: https://docs.aws.amazon.com/athena/latest/ug/cloudfront-logs.html, example queries
-- licence: CC BY-SA 4.0, its samples a modified MIT licence; the text is ours, of the same shape
-- change: none
SELECT SUM(bytes) AS total_bytes
FROM cloudfront_logs
WHERE "date" BETWEEN DATE '2026-10-09' AND DATE '2026-10-11'
LIMIT 100;
