-- question: What will the running month come to, in bytes, requests and dollars?
-- grain: one row a running month and metric; none for months that are over
-- units: so_far, low, expected and high in the row's unit: bytes, requests, or USD in cents
-- order: month, metric
SELECT month, metric, unit, as_of, days_with_data, days_in_month, so_far, low, expected, high
FROM forecast
ORDER BY month, metric
