-- source: https://docs.aws.amazon.com/cli/latest/reference/athena/get-query-execution.html, examples
-- licence: Apache-2.0; the text is ours, of the same shape
-- change: no column `browser`, which the tutorial's own table cuts out of the user agent
SELECT date, location, useragent, uri, status
FROM cloudfront_logs
WHERE method = 'GET' AND status = 200 AND location LIKE 'IAD%';
