-- source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudfront-table-partition-parquet.html, whose table has these columns
-- licence: CC BY-SA 4.0, its samples a modified MIT licence; the query is ours
-- change: none; columns that are strings there may be cast, as Athena needs it
SELECT count(*) AS requests, sum(CAST(sc_bytes AS bigint)) AS bytes
FROM cloudfront_standard_logs
WHERE distributionid = 'E2EXAMPLE1RLS'
    AND year = 2026
    AND month = 10
    AND day = 09
    AND hour BETWEEN 00 AND 23
    AND "date" = '2026-10-09'
    AND CAST(sc_status AS integer) >= 0;
