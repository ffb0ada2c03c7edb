-- source: the same post: the top 50 viewers
-- licence: none that allows copies; the query is ours, for the same question
-- change: none
SELECT requestip, COUNT(*) AS requests
FROM cloudfront_logs
WHERE year = 2026 AND month = 10
GROUP BY requestip
ORDER BY requests DESC, requestip
LIMIT 50;
