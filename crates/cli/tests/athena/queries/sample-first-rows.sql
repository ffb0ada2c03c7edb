-- source: https://github.com/aws-samples/amazon-cloudfront-access-logs-queries, README.md
-- licence: a modified MIT licence; the text is ours, of the same shape
-- change: the view is cloudfront_logs, not combined of the sample's own database
SELECT * FROM cloudfront_logs LIMIT 7;
