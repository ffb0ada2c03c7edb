-- source: https://github.com/aws-solutions/aws-waf-security-automations, the log parser's query for
--         CloudFront (build_athena_query_for_app_access_logs)
-- licence: Amazon Software License, later Apache-2.0; the text is ours, of the same shape
-- change: max for MAX_BY(counter, counter), CAST … AS timestamp for parse_datetime, IN for = ANY (VALUES …)
SELECT client_ip, max(counter) AS max_counter_per_min
FROM (
    WITH requests_with_time AS (
        SELECT
            requestip AS client_ip,
            cast(status AS varchar) AS status,
            cast(concat(date, ' ', time) AS timestamp) AS datetime
        FROM cloudfront_logs
        WHERE year = 2026
            AND (
                (month = 10 AND day = 13 AND hour >= 20)
                OR (month = 10 AND day = 27 AND hour <= 23)
            )
    )
    SELECT client_ip, COUNT(*) AS counter
    FROM requests_with_time
    WHERE datetime > TIMESTAMP '2026-10-13 20:00:00'
        AND status IN ('400', '401', '403', '404', '405')
    GROUP BY client_ip, date_trunc('minute', datetime)
    HAVING COUNT(*) >= 2
)
GROUP BY client_ip
ORDER BY max_counter_per_min DESC, client_ip
LIMIT 10000;
