-- question: Why does the month cost more or less than the month before?
-- grain: one row a step from the previous month's cost to this one's
-- units: USD in cents; usd_so_far is the previous month's and the steps to this one
-- order: position
-- param: month text newest  UTC month, YYYY-MM
SELECT previous_month, step, previous_month_usd, usd, usd_so_far, month_usd, is_comparable
FROM cost_changes
WHERE month = $month
    AND is_next
ORDER BY position
