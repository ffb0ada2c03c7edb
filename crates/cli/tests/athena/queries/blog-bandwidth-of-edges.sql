-- source: the same post: bandwidth by distribution and edge location
-- licence: none that allows copies; the query is ours, for the same question
-- change: none
SELECT hostheader, location, SUM(bytes) AS bytes
FROM cloudfront_logs
WHERE date BETWEEN DATE '2026-10-01' AND DATE '2026-10-31'
GROUP BY hostheader, location
ORDER BY bytes DESC, location;
