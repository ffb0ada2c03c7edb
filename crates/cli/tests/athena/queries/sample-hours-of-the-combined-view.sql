-- source: https://github.com/aws-samples/amazon-cloudfront-access-logs-queries, whose tables are
--         partitioned by year, month, day and hour
-- licence: a modified MIT licence; the query is ours
-- change: the partition columns are numbers; a text of them needs lpad
SELECT count(*) AS requests, SUM(bytes) AS bytes
FROM cloudfront_logs
WHERE concat(year, lpad(month, 2, '0'), lpad(day, 2, '0'), lpad(hour, 2, '0'))
    BETWEEN '2026100900' AND '2026100923';
