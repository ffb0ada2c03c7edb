-- source: the same solution, the query for requests of its bad-bot trap
-- licence: Amazon Software License, later Apache-2.0; the text is ours, of the same shape
-- change: CAST … AS timestamp for parse_datetime
SELECT DISTINCT bad_bot_ip
FROM (
    WITH requests_with_time AS (
        SELECT
            requestip AS bad_bot_ip,
            uri AS bad_bot_uri,
            cast(concat(date, ' ', time) AS timestamp) AS datetime
        FROM cloudfront_logs
    )
    SELECT bad_bot_ip
    FROM requests_with_time
    WHERE datetime > TIMESTAMP '2026-09-01 00:00:00'
        AND (bad_bot_uri LIKE '%/.env%')
)
LIMIT 10000;
