-- purpose: what the month's savings would gain or lose by each thing that logs cannot tell
-- grain:   month, unknown
-- units:   USD in whole cents; change_usd is added to headline.savings_usd at the other end
-- notes:   the sum of unknown_ends over distributions with an S3 origin
-- order:   month, unknown
WITH summed AS (
    SELECT month, unknown, coalesce(sum(savings_usd) FILTER (WHERE origin = 's3'), 0) AS savings_usd
    FROM unknown_ends
    GROUP BY month, unknown
)
SELECT
    e.month,
    e.unknown,
    CAST(e.savings_usd - h.savings_usd AS DECIMAL(20, 2)) AS change_usd
FROM summed e
JOIN headline h ON h.month = e.month
