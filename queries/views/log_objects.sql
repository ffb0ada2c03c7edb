-- purpose: the last word on every log object
-- grain:   key
-- units:   bytes; rows counts; hour is the UTC hour that the object's name says, NULL if it says none
-- order:   key
SELECT
    coalesce(substr(hour, 1, 7), 'unnamed') AS month,
    key,
    regexp_replace(key, '^.*/', '') AS name,
    etag,
    size_bytes,
    distribution,
    hour,
    status,
    reason,
    rows,
    rejected_rows,
    forgotten_rows,
    first_rejects,
    uncompressed_bytes,
    columns,
    parser_version,
    ingested_at,
    txn
FROM (
    SELECT *, row_number() OVER (PARTITION BY key ORDER BY txn DESC) AS age FROM log_files
) AS versions
WHERE age = 1
