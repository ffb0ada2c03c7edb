-- source: AWS Big Data Blog, Build a Serverless Architecture to Analyze Amazon CloudFront Access
--         Logs Using AWS Lambda, Amazon Athena, and Amazon Kinesis Analytics: bots by user agent
-- licence: none that allows copies; the query is ours, for the same question
-- change: none
SELECT useragent, COUNT(*) AS requests
FROM cloudfront_logs
WHERE LOWER(useragent) LIKE '%bot%'
    AND year = 2026
    AND month = 10
GROUP BY useragent
ORDER BY requests DESC;
