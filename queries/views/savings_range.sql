-- purpose: the month's savings and how far the unknowns could move them
-- grain:   month
-- units:   USD in whole cents
-- notes:   low_usd adds every loss of savings_unknowns to the reported savings, high_usd every gain
-- order:   month
SELECT
    h.month,
    CAST(h.savings_usd + coalesce(sum(u.change_usd) FILTER (WHERE u.change_usd < 0), 0) AS DECIMAL(20, 2)) AS low_usd,
    h.savings_usd,
    CAST(h.savings_usd + coalesce(sum(u.change_usd) FILTER (WHERE u.change_usd > 0), 0) AS DECIMAL(20, 2)) AS high_usd
FROM headline h
JOIN savings_unknowns u ON u.month = h.month
GROUP BY h.month, h.savings_usd
