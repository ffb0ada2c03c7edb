-- source: https://aws.amazon.com/developer/application-security-performance/articles/troubleshooting/: 5xx by error type and where it occurs
-- licence: none that allows copies; the query is ours, for the same question
-- change: none
SELECT sc_status, x_edge_detailed_result_type, x_edge_location, COUNT(*) AS errors
FROM cloudfront_standard_logs
WHERE sc_status >= 500
    AND date BETWEEN DATE '2026-10-01' AND DATE '2026-10-31'
GROUP BY sc_status, x_edge_detailed_result_type, x_edge_location
ORDER BY errors DESC;
