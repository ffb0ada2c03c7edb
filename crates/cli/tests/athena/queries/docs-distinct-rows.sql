-- source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudfront-table-standard-logs.html, example queries
-- licence: CC BY-SA 4.0, its samples a modified MIT licence; the text is ours, of the same shape
-- change: none
SELECT DISTINCT *
FROM cloudfront_standard_logs
LIMIT 7;
