-- source: https://aws.amazon.com/developer/application-security-performance/articles/troubleshooting/: tracing a request by its id
-- licence: none that allows copies; the query is ours, for the same question
-- change: none
SELECT *
FROM cloudfront_standard_logs
WHERE "date" = DATE '2026-10-09'
    AND x_edge_request_id = 'ct32pVkk1-gmjiR76rBZC8HhYLTQ_qKeh1omED3eaJHoxZpyRNuFlQ==';
