-- purpose: what changed after the month could first be reported whole
-- order:   at most one row
SELECT first_closed_ingest_at, late_objects, late_rows, last_ingested_at, forgotten_rows
FROM restatements
WHERE month = $month
